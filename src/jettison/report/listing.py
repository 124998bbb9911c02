"""What ``--format`` means for a list: docker's ``table``, ``table TEMPLATE``, ``json`` and ``TEMPLATE``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from jettison.frozen import dataclass
from jettison.report.table import align, render_table
from jettison.report.template import Template, parse_template

Row = Mapping[str, str]
"""One element of a list: field -> text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A kind of list: the headers of all its fields, and those that a table shows when nothing else is asked for."""

    headers: Mapping[str, str]
    columns: tuple[str, ...]

    def render(self, rows: Iterable[Row], format: str = "table", *, columns: Sequence[str] | None = None) -> str:
        """The whole list as text. Raises :class:`UsageError` for a template that is wrong."""
        if format in ("", "table"):
            shown = columns or self.columns
            return render_table([self.headers[name] for name in shown], [[row[name] for name in shown] for row in rows])
        if format == "json":
            return "".join(json.dumps(dict(sorted(row.items())), ensure_ascii=False) + "\n" for row in rows)
        if format.startswith("table "):
            template = _parse(format.removeprefix("table ").strip())
            lines = [template.render(row, strict=True) for row in (self.headers, *rows)]
            return align([line.split("\t") for line in lines])
        template = _parse(format)
        return "".join(template.render(row, strict=True) + "\n" for row in rows)


def _parse(text: str) -> Template:
    # Shells hand over a backslash and a letter as they are; docker takes them for a tab and a newline.
    return parse_template(text.replace("\\t", "\t").replace("\\n", "\n"))
