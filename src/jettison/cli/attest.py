"""``--attest``, ``--sbom`` and ``--provenance`` in buildx's grammar."""

from __future__ import annotations

from jettison.cli.environment import Settings
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.values import FALSE, TRUE, parse_boolean, parse_csv
from jettison.errors import UsageError
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.attest.options import AttestOptions

_NO_DEFAULTS = "BUILDX_NO_DEFAULT_ATTESTATIONS"


def add_attest_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.values("--attest", kind="stringArray", help='Attestation parameters (format: "type=sbom")')
    parser.value("--provenance", help='Shorthand for "--attest=type=provenance"')
    parser.value("--sbom", help='Shorthand for "--attest=type=sbom"')


def attest_options(arguments: Arguments, settings: Settings) -> AttestOptions:
    """The attestations that the flags and BUILDX_NO_DEFAULT_ATTESTATIONS ask for. Raises :class:`UsageError`."""
    from jettison.attest.options import PROVENANCE, SBOM, parse_attestations

    asked = [_attributes(text) for text in arguments.attest]
    for kind, text in ((PROVENANCE, arguments.provenance), (SBOM, arguments.sbom)):
        if text:
            asked.append((kind, _short_form(kind, text)))
    refused = settings.variables.get(_NO_DEFAULTS, "")
    no_defaults = bool(refused) and parse_boolean(refused, _NO_DEFAULTS)
    return parse_attestations(asked, provenance_of_pushes=not no_defaults)


def _attributes(text: str) -> tuple[str, dict[str, str]]:
    pairs = parse_csv(text)
    kind = pairs.pop("type", "")
    if not kind:
        raise UsageError(f"--attest {text}: type is missing", hint="type=sbom or type=provenance")
    return kind, pairs


def _short_form(kind: str, text: str) -> dict[str, str]:
    """``true``, ``false``, or attributes."""
    if text in (*TRUE, *FALSE):
        return {"disabled": "false" if text in TRUE else "true"}
    try:
        return parse_csv(text)
    except UsageError as error:
        raise UsageError(f"--{kind}: {error.message}", hint="true, false, or attributes such as mode=max") from error
