"""Debian control data: paragraphs of fields, relations between packages (deb822(5), Debian policy chapter 7). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.hints import Self
from jettison.patterns import late_pattern

Paragraph = dict[str, str]
"""Field name, as written, to value; lines of a folded value are joined by newlines, still with their leading space."""

_FIELD = late_pattern(r"([!-9;-~][!-9;-~]*):[ \t]*(.*)")
_RELATION = late_pattern(
    r"\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\((<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?\s*(?:\[[^\]]*\])?\s*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One package that would do, perhaps in certain versions only."""

    name: str
    operator: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a control paragraph says about one binary package."""

    name: str
    version: str
    architecture: str
    source: str
    depends: tuple[tuple[Relation, ...], ...]
    """``Pre-Depends`` and ``Depends``: every group must be satisfied by one of its relations."""
    provides: tuple[str, ...]
    replaces: tuple[str, ...]

    @classmethod
    def of(cls, paragraph: Paragraph, what: str) -> Self:
        """The package of a control paragraph; ``what`` names the paragraph in :class:`IntegrityError`."""
        for key in ("Package", "Version", "Architecture"):
            if key not in paragraph:
                raise IntegrityError(f"{what}: the control field {key!r} is missing")
        name = paragraph["Package"]
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
            raise IntegrityError(f"{what}: {name!r} is not the name of a package")
        groups = (
            *parse_relations(paragraph.get("Pre-Depends", "")),
            *parse_relations(paragraph.get("Depends", "")),
        )
        return cls(
            name=name,
            version=paragraph["Version"],
            architecture=paragraph["Architecture"],
            source=paragraph.get("Source", name).partition(" ")[0],
            depends=groups,
            provides=tuple(group[0].name for group in parse_relations(paragraph.get("Provides", ""))),
            replaces=tuple(group[0].name for group in parse_relations(paragraph.get("Replaces", ""))),
        )


def parse_paragraphs(text: str, what: str) -> Iterator[Paragraph]:
    """The paragraphs of a control file in order; comment lines are skipped."""
    paragraph: Paragraph = {}
    last = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            if paragraph:
                yield paragraph
            paragraph, last = {}, ""
        elif line[0] in " \t":
            if not last:
                raise IntegrityError(f"{what}:{number}: a continuation line without a field")
            paragraph[last] += "\n" + line
        elif not line.startswith("#"):
            match = _FIELD.fullmatch(line.rstrip("\r"))
            if match is None:
                raise IntegrityError(f"{what}:{number}: expected 'Field: value', found {line[:60]!r}")
            last = match[1]
            paragraph[last] = match[2]
    if paragraph:
        yield paragraph


def parse_relations(value: str) -> tuple[tuple[Relation, ...], ...]:
    """``a (>= 1) | b, c`` as groups of alternatives; architecture qualifiers are dropped."""
    return tuple(
        tuple(_parse_relation(alternative) for alternative in group.split("|"))
        for group in value.split(",")
        if group.strip()
    )


def _parse_relation(text: str) -> Relation:
    match = _RELATION.fullmatch(text)
    if match is None:
        raise IntegrityError(f"expected a relation such as 'libc6 (>= 2.36)', found {text.strip()[:60]!r}")
    return Relation(name=match[1], operator=match[2] or "", version=match[3] or "")
