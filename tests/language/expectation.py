"""The forms that expectations are written in: files as lines (`expected.tree`), the config as JSON (`expected.json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.support.flatten import Node, Picture, told

_SHORT = 200
"""A text of so many bytes stands in the line itself."""

_KINDS = {
    "directory": "dir",
    "symlink": "link",
    "character device": "char",
    "block device": "block",
}
_PLAIN = re.compile(r"[!-~]+")


def tree_lines(picture: Picture, base: Picture | None = None) -> list[str]:
    """The files as `expected.tree` lists them: sorted by path; with a base, only what differs from it."""
    below = {} if base is None else base.nodes
    lines = [(path, _line(f"/{path}", node)) for path, node in picture.nodes.items() if below.get(path) != node]
    lines += [(path, f"gone {_word(f'/{path}')}") for path in below.keys() - picture.nodes.keys()]
    return [line for _, line in sorted(lines)]


def expected_lines(text: str) -> list[str]:
    """The lines of an `expected.tree` without comments and blank lines."""
    return [line for line in text.split("\n") if line.strip() and not line.startswith("#")]


def config_document(config: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The config as `expected.json` tells it: the history in short, without the base's, and the number of own layers."""
    history = config["history"][len(base["history"]) if base else 0 :]
    others = {entry.get("comment", "") for entry in history} - {"buildkit.dockerfile.v0"}
    assert not others, f"comments in the history: {others}"
    document = {key: value for key, value in config.items() if key not in {"history", "rootfs"}}
    own = len(config["rootfs"]["diff_ids"]) - (len(base["rootfs"]["diff_ids"]) if base else 0)
    return document | {"history": [told(entry) for entry in history], "layers": own}


def chosen(document: Any, expected: Any) -> Any:
    """The part of a document that an expectation speaks of; what is missing is null."""
    if not (isinstance(document, dict) and isinstance(expected, dict)) or not expected:
        return document
    return {key: chosen(document.get(key), value) for key, value in expected.items()}


def _line(path: str, node: Node) -> str:
    kind = _KINDS.get(node.type, node.type)
    words = [f"{kind:<5}", f"{node.mode:04o}", f"{node.uid}:{node.gid}", _word(path)]
    if node.type == "file":
        words.append(_content(node))
    if node.type == "symlink":
        words.append(f"-> {_word(node.link)}")
    if node.type.endswith("device"):
        words.append("{},{}".format(*node.device))
    words += [f"{name}={json.dumps(value)}" for name, value in node.xattrs]
    if node.names:
        words.append("= " + " ".join(_word(f"/{name}") for name in node.names))
    return " ".join(words)


def _content(node: Node) -> str:
    if node.text is not None and node.size <= _SHORT:
        return json.dumps(node.text, ensure_ascii=False)
    return f"size={node.size} sha256={node.digest}"


def _word(text: str) -> str:
    """A path as it is, or as JSON where it has blanks, quotes or letters that editors bend."""
    return text if _PLAIN.fullmatch(text) and '"' not in text else json.dumps(text)
