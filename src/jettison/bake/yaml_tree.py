"""YAML with the place of every value, as Compose files need it. Anchors, aliases and merge keys are carried out."""

from __future__ import annotations

from collections.abc import Mapping

from jettison.frozen import dataclass
from jettison.hints import Any, TypeAlias
from jettison.text.diagnostics import SourceError, error_at
from jettison.text.span import Source, Span

_MAX_NODES = 200_000
"""With aliases a short text can stand for a very large one."""
_MERGE = "tag:yaml.org,2002:merge"
_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, truth or null."""

    value: str | int | float | bool | None
    span: Span

    @property
    def text(self) -> str:
        """The value as a text: what it becomes where a text is wanted."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, float) and self.value.is_integer() and abs(self.value) < 1e21:
            return str(int(self.value))
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the text."""

    fields: Mapping[str, Node]
    span: Span


Node: TypeAlias = Scalar | Items | Fields


def parse_yaml(source: Source) -> Node:
    """The document that a text holds. Raises :class:`SourceError`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(source.text)
        return _Reader(source).read(root) if root is not None else Scalar(None, Span(source, 0, 0))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(mark.index, len(source.text)) if mark is not None else 0
        what = " ".join(str(error.problem or error.context or "this is no YAML").split())
        raise error_at(Span(source, offset, min(offset + 1, len(source.text))), what) from None
    except YAMLError as error:
        raise error_at(Span(source, 0, 0), " ".join(str(error).split())) from None
    except RecursionError:
        raise error_at(Span(source, 0, 0), "this is nested too deeply") from None


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._count = 0
        self._open: set[int] = set()

    def read(self, node: Any) -> Node:
        """What a node of ruamel's stands for; it is typed ``Any`` since ruamel's nodes are not typed."""
        self._count += 1
        span = Span(self._source, node.start_mark.index, node.end_mark.index)
        if self._count > _MAX_NODES:
            raise error_at(span, f"this has more than {_MAX_NODES} values")
        if id(node) in self._open:
            raise error_at(span, "this has itself in it")
        self._open.add(id(node))
        try:
            if node.id == "scalar":
                return Scalar(_scalar(node.tag, node.value, span), span)
            if node.id == "sequence":
                return Items(tuple(self.read(each) for each in node.value), span)
            return self._mapping(node, span)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, span: Span) -> Fields:
        fields: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key_node, value_node in node.value:
            value = self.read(value_node)
            if key_node.tag == _MERGE or (key_node.id == "scalar" and key_node.value == "<<"):
                for each in value.items if isinstance(value, Items) else (value,):
                    if not isinstance(each, Fields):
                        raise error_at(each.span, "a merge key << takes mappings")
                    merged = {**each.fields, **merged}
                continue
            key = self.read(key_node)
            if not isinstance(key, Scalar):
                raise error_at(key.span, "a key is a plain text")
            if key.text in fields:
                raise error_at(key.span, f"{key.text!r} is there twice")
            fields[key.text] = value
        return Fields({**merged, **fields}, span)


def _scalar(tag: object, text: str, span: Span) -> str | int | float | bool | None:
    kind = str(tag).removeprefix(_PREFIX)
    try:
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() in ("true", "yes", "on")
            case "int":
                return int(text.replace("_", ""), 0) if not text.lstrip("+-").startswith("0") else _zero(text)
            case "float":
                return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        raise _bad(kind, span) from None
    return text


def _zero(text: str) -> int:
    """A number with zeros before it, or with a prefix that says its base."""
    digits = text.replace("_", "")
    return int(digits, 0) if any(letter in "xXoObB" for letter in digits) else int(digits)


def _bad(kind: str, span: Span) -> SourceError:
    return error_at(span, f"this is no {kind}")
