"""HTML reports of commands: into a file, or to standard output where that is none that people read."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.errors import UsageError


def check_pages(format: str, html: str, context: Context) -> None:
    """Before the work: raise :class:`UsageError` where a page would be poured out on a terminal (``--format html``),
    or what is wrong with the place of a file (``--html``).
    """
    if format == "html" and context.streams.stdout.isatty():
        raise UsageError("a page on the terminal is of no use", hint="--html FILE writes it into a file")
    if html:
        from pathlib import Path

        from jettison.engine.outputs import check_file

        check_file(Path(html), "--html")


def write_page(name: str, page: str) -> None:
    """Write the file, whole or not at all."""
    from pathlib import Path

    from jettison.engine.whole_file import whole_file

    with whole_file(Path(name)) as file:
        file.write(page.encode())
