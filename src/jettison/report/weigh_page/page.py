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
from typing import Any

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    "elements",
    "image",
    "lenses",
    "view",
    "squarify",
    "treemap",
    "map_head",
    "instructions",
    "layers",
    "findings",
    "search",
    "theme",
    "main",
)
"""In the order in which they are read; what each begins with says what it owns."""


def weigh_page(document: Mapping[str, Any]) -> str:
    """The HTML file of a document that :mod:`jettison.report.weigh_page.document` made."""
    style = _read("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(_read(f"{name}.js") for name in _SCRIPTS) + "})();\n"
    return _fill(
        _read("page.html"),
        {
            "title": escape(f"{document['name']}: weight"),
            "policy": escape(_policy(style, script)),
            "style": style,
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


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
