"""Paragraphs of ``Field: value`` lines, as dpkg, Python and Java write them; read leniently, for they are not ours."""

from __future__ import annotations

from collections.abc import Iterator

Fields = dict[str, list[str]]
"""Field name in lower case -> its values in order; lines of a folded value are joined by newlines."""


def paragraphs(text: str) -> Iterator[Fields]:
    """The paragraphs of a file, which blank lines part; lines that mean nothing are passed over."""
    fields: Fields = {}
    last: list[str] = []
    for line in text.split("\n"):
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, []
        elif line[0] in " \t":
            if last:
                last[-1] += "\n" + line.strip()
        else:
            name, colon, value = line.partition(":")
            if colon:
                last = fields.setdefault(name.strip().lower(), [])
                last.append(value.strip())
    if fields:
        yield fields


def first(fields: Fields, *names: str) -> str:
    """The first value of the first of the fields that has one; else empty."""
    for name in names:
        for value in fields.get(name, ()):
            if value:
                return value
    return ""


def first_line(text: str) -> str:
    """The first line of a value that may be folded."""
    return text.partition("\n")[0].strip()
