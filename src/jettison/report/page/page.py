"""The page as one text: template, style sheet, scripts and data joined, nothing left outside.

A content security policy names the digests of the style sheet and the script. So a browser runs nothing else, and
opens no connection, whatever the files of an image are called. The data are JSON in which no ``<`` is left.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from jettison.frozen import dataclass
from jettison.hints import Any

_FOLDER = Path(__file__).parent
_FIRST = ("elements", "tree", "lens")
_NEXT = ("view", "squarify", "treemap", "tip", "map_head", "instruction_row", "search", "theme", "start")
"""In the order in which they are read; what each begins with says what it owns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """What a report has of its own: files of its folder."""

    command: str
    folder: Path
    """Holds ``main.html`` and ``own.css``, too."""
    lenses: tuple[str, ...]
    """Scripts that define ``lenses`` and ``told`` for the shared ones."""
    scripts: tuple[str, ...]
    """Scripts that build on the shared ones; the last one calls ``start``."""


def whole_page(parts: PageParts, title: str, document: Mapping[str, Any]) -> str:
    """The HTML file."""
    own, shared = parts.folder, _FOLDER
    style = _read(shared, "page.css") + _read(own, "own.css")
    scripts = [(shared, _FIRST), (own, parts.lenses), (shared, _NEXT), (own, parts.scripts)]
    code = "\n".join(_read(folder, f"{name}.js") for folder, names in scripts for name in names)
    script = f'"use strict";\n(() => {{\n{code}}})();\n'
    return _fill(
        _read(shared, "page.html"),
        {
            "title": escape(title),
            "policy": escape(_policy(style, script)),
            "command": parts.command,
            "style": style,
            "main": _fill(_read(own, "main.html"), {"map": _read(shared, "map.html")}),
            "script": script,
            "data": json_in_html(document),
        },
    )


def json_in_html(document: Mapping[str, Any]) -> str:
    """JSON that no HTML parser takes for anything else: neither ``</script>`` nor ``<!--`` can stand in it."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Put each value in the one place ``{{name}}`` of the template; values are not looked into."""
    parts = []
    rest = template
    while (start := rest.find("{{")) >= 0:
        end = rest.index("}}", start)
        parts += [rest[:start], values[rest[start + 2 : end]]]
        rest = rest[end + 2 :]
    return "".join([*parts, rest])


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")
