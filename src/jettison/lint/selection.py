"""Which rules count: the ``# check=`` directive, the build argument in its place, and comments before instructions.

Source: BuildKit ``frontend/dockerfile/linter`` (``Linter.Run``, ``WithMergedConfigFromComments``).
"""

from __future__ import annotations

from collections.abc import Mapping

from jettison.dockerfile.check_options import CheckOptions, parse_check_options
from jettison.dockerfile.instructions import Program
from jettison.frozen import replace
from jettison.lint.model import Finding, Rule
from jettison.patterns import late_pattern
from jettison.text.diagnostics import SourceError
from jettison.text.span import Source, Span, Word

CHECK_ARGUMENT = "BUILDKIT_DOCKERFILE_CHECK"
"""The build argument that takes the place of the directive."""

_DIRECTIVE = late_pattern(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(\S+)")


def check_options(program: Program, build_args: Mapping[str, str]) -> CheckOptions:
    """The options of a whole check; raises :class:`SourceError` for a build argument that means nothing."""
    text = build_args.get(CHECK_ARGUMENT)
    if text is None:
        return program.check
    return parse_check_options(_word(text, CHECK_ARGUMENT))


def is_selected(rule: Rule, options: CheckOptions) -> bool:
    """Whether a rule counts."""
    if rule.experimental:
        return options.experimental_all or rule.name in options.experimental
    return not options.skip_all and rule.name not in options.skip


def is_reported(finding: Finding, options: CheckOptions) -> bool:
    """Whether a finding counts: the first ``check=`` comment before its instruction adds to the options."""
    return is_selected(finding.rule, _with_comments(options, finding.violation.silencers))


def _with_comments(options: CheckOptions, comments: tuple[str, ...]) -> CheckOptions:
    for comment in comments:
        found = _DIRECTIVE.match(comment)
        if found is None or found[1].lower() != "check":
            continue
        try:
            local = parse_check_options(_word(found[2], "comment"))
        except SourceError:
            return options
        return replace(
            options,
            skip=options.skip + local.skip,
            skip_all=options.skip_all or local.skip_all,
            experimental=options.experimental + local.experimental,
            experimental_all=options.experimental_all or local.experimental_all,
        )
    return options


def _word(text: str, path: str) -> Word:
    return Word(text, Span(Source(text, path), 0, len(text)))
