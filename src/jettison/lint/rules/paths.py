"""Paths that are not where they seem: a relative WORKDIR, a COPY of what the context leaves out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from jettison.dockerfile.go_format import quote
from jettison.dockerfile.instructions import Add, Copy, FileTransfer, Workdir
from jettison.hints import TYPE_CHECKING
from jettison.lint.inspection import Inspection, place_of, silencers_of
from jettison.lint.model import Category, Rule, Violation

if TYPE_CHECKING:
    from jettison.dockerfile.ignore import IgnorePatterns

_REMOTE = ("http://", "https://", "git://", "git@", "ssh://")
_ROOTS = (".", "/")
_EVERYTHING = ("*", "**", "**/*")


def _relative(inspection: Inspection) -> Iterator[Violation]:
    """Only the first WORKDIR counts, that of the stages below included: with it all later ones are mended."""
    is_set: dict[int, bool] = {}
    for step in inspection.trace.steps:
        if not isinstance(step.instruction, Workdir):
            continue
        path = step.texts.get(step.instruction.path)
        if path is None or _is_set(step.stage, is_set, inspection):
            continue
        is_set[step.stage] = True
        if not path.startswith("/"):
            yield Violation(
                node=place_of(step),
                span=step.instruction.path.span if step.trigger_of is None else step.trigger_of.span,
                message=f"Relative workdir {quote(path)} can have unexpected results if the base image changes",
                silencers=silencers_of(step),
            )


def _is_set(stage: int, is_set: dict[int, bool], inspection: Inspection) -> bool:
    """Whether a WORKDIR came before, here or in the stages below, which are finished: what is found is remembered."""
    passed: list[int] = []
    below: int | None = stage
    while below is not None and below not in is_set:
        passed.append(below)
        below = inspection.trace.base_stages.get(below)
    found = below is not None and is_set[below]
    is_set.update(dict.fromkeys(passed, found))
    return found


def _ignored(inspection: Inspection) -> Iterator[Violation]:
    """Where a pattern takes files back in, nothing is said: a folder may be left out and a file in it not."""
    ignore = inspection.ignore
    if ignore is None or any(pattern.startswith("!") for pattern in ignore.patterns):
        return
    excludes = _Exclusion(ignore)
    for step in inspection.trace.steps:
        instruction = step.instruction
        if not isinstance(instruction, FileTransfer) or (isinstance(instruction, Copy) and instruction.from_):
            continue
        texts = step.texts
        for word in instruction.sources:
            source = texts.get(word)
            if source is None or source.startswith(_REMOTE):
                continue
            path = posixpath.normpath(source)
            if excludes(path):
                verb = "Add" if isinstance(instruction, Add) else "Copy"
                yield Violation(
                    node=place_of(step),
                    span=word.span if step.trigger_of is None else step.trigger_of.span,
                    message=f"Attempting to {verb} file {quote(path)} that is excluded by .dockerignore",
                    silencers=silencers_of(step),
                )


class _Exclusion:
    """What moby's matcher says of sources: with a slash in front only patterns that begin with any folder match."""

    def __init__(self, ignore: IgnorePatterns) -> None:
        from jettison.dockerfile.ignore import IgnorePatterns

        self._relative = ignore
        self._absolute = IgnorePatterns(
            pattern for pattern in ignore.patterns if pattern.startswith("**") or pattern == "*"
        )
        self._is_total = any(pattern in _EVERYTHING for pattern in ignore.patterns)

    def __call__(self, path: str) -> bool:
        if path in _ROOTS:
            return self._is_total
        ignore = self._absolute if path.startswith("/") else self._relative
        return ignore.excludes(path.strip("/"))


WORKDIR_RELATIVE_PATH = Rule(
    name="WorkdirRelativePath",
    description=(
        "Relative workdir without an absolute workdir declared within the build can have unexpected results if the"
        " base image changes"
    ),
    url="https://docs.docker.com/go/dockerfile/rule/workdir-relative-path/",
    category=Category.CORRECTNESS,
    check=_relative,
)
COPY_IGNORED_FILE = Rule(
    name="CopyIgnoredFile",
    description="Attempting to Copy file that is excluded by .dockerignore",
    url="https://docs.docker.com/go/dockerfile/rule/copy-ignored-file/",
    category=Category.CORRECTNESS,
    check=_ignored,
)
