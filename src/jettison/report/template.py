"""``--format '{{.Repository}}:{{.Tag}}'``: the part of Go's text/template that docker's users write.

Grammar::

    template = { text | "{{" [ "- " ] action [ " -" ] "}}" }
    action   = pipeline | "if" pipeline | "range" pipeline | "else" | "end" | "/*" comment "*/"
    pipeline = command { "|" command }
    command  = function { operand } | operand
    operand  = "." | { "." name } | "$" { "." name } | string | number | "true" | "false" | "nil" | "(" pipeline ")"

Functions are those of :data:`FUNCTIONS`. Templates read values that are JSON (objects, arrays, strings, numbers,
booleans, null) and nothing else: no attribute and no call of Python is reachable. The rest of Go's language (variables,
``define``, ``with``) is refused by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.patterns import late_pattern

MAX_DEPTH = 50

_ACTION = late_pattern(
    r"\{\{(?:-(?=\s))?(?P<body>(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|/\*.*?\*/|[^\"`])*?)(?:(?<=\s)-)?\}\}", re.DOTALL
)
_TOKEN = late_pattern(
    r"""\s*(?:
        (?P<string>"(?:\\.|[^"\\])*")
      | (?P<raw>`[^`]*`)
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<path>\$?(?:\.[A-Za-z_][A-Za-z0-9_]*)+)
      | (?P<dot>\.)
      | (?P<root>\$(?![A-Za-z]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>[|()])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant operand."""

    value: Any


@dataclass(frozen=True, slots=True)
class Field:
    """``.A.B`` from the current value, ``$.A.B`` from the whole document; no names: the value itself."""

    names: tuple[str, ...]
    from_root: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its operands; in a pipeline the value so far comes last."""

    function: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """``a | b | c``."""

    commands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """``if`` or ``range`` with its two branches."""

    keyword: str
    pipeline: Pipeline
    body: tuple[Item, ...]
    otherwise: tuple[Item, ...]


Operand = Literal | Field | Call | Pipeline
Item = Text | Pipeline | Block


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template."""

    items: tuple[Item, ...]

    def render(self, data: Any, *, strict: bool = False) -> str:
        """The text for one document. ``strict``: a field that is missing is an error, not ``<no value>``."""
        return "".join(_Scope(data, strict).render(self.items, data))


def parse_template(text: str) -> Template:
    """Parse; raise :class:`UsageError` that shows the action that is wrong."""
    reader = _Reader(text)
    items, closing = reader.items(0)
    if closing:
        raise reader.wrong(closing, "nothing is open here")
    return Template(items)


class _Reader:
    """A recursive descent over the actions."""

    def __init__(self, text: str) -> None:
        self._parts = _split(text)

    def items(self, depth: int) -> tuple[tuple[Item, ...], str]:
        """Items up to ``else``, ``end`` or the end of the text, and the word that closed them."""
        if depth > MAX_DEPTH:
            raise UsageError("template: too deeply nested")
        items: list[Item] = []
        for part, is_action in self._parts:
            if not is_action:
                items.append(Text(part))
                continue
            word, _, rest = part.partition(" ")
            if word in ("end", "else") and not rest.strip():
                return tuple(items), word
            if word in ("if", "range"):
                items.append(self._block(word, rest, depth))
            elif word in ("with", "define", "template", "block", "break", "continue", "else") or ":=" in part:
                raise self.wrong(part, f"{word!r} is not supported")
            elif part and not part.startswith("/*"):
                items.append(_Actions(part).pipeline())
        return tuple(items), ""

    def wrong(self, action: str, why: str) -> UsageError:
        """An error that shows the action."""
        return _wrong(action, why)

    def _block(self, keyword: str, rest: str, depth: int) -> Block:
        pipeline = _Actions(rest).pipeline()
        body, closing = self.items(depth + 1)
        otherwise: tuple[Item, ...] = ()
        if closing == "else":
            otherwise, closing = self.items(depth + 1)
        if closing != "end":
            raise _wrong(f"{keyword} {rest}", "its {{end}} is missing")
        return Block(keyword, pipeline, body, otherwise)


class _Actions:
    """The tokens of one action."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        place = 0
        text = text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise _wrong(self._text, f"{text[place:].strip()[:20]!r} is not understood")
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            place = match.end()
        self._next = 0

    def pipeline(self, depth: int = 0) -> Pipeline:
        """The whole action."""
        pipeline = self._pipeline(depth)
        if self._peek() is not None:
            raise _wrong(self._text, f"unexpected {self._tokens[self._next][1]!r}")
        return pipeline

    def _pipeline(self, depth: int) -> Pipeline:
        if depth > MAX_DEPTH:
            raise UsageError("template: too deeply nested")
        commands = [self._command(depth)]
        while self._peek() == ("mark", "|"):
            self._next += 1
            commands.append(self._command(depth))
        return Pipeline(tuple(commands))

    def _command(self, depth: int) -> Operand:
        token = self._peek()
        if token is None:
            raise _wrong(self._text, "an operand is missing")
        kind, text = token
        if kind == "name" and text not in ("true", "false", "nil"):
            if text not in FUNCTIONS:
                raise _wrong(self._text, f"the function {text!r} is not supported; there are {', '.join(FUNCTIONS)}")
            self._next += 1
            operands = []
            while self._peek() not in (None, ("mark", "|"), ("mark", ")")):
                operands.append(self._operand(depth))
            return Call(text, tuple(operands))
        return self._operand(depth)

    def _operand(self, depth: int) -> Operand:
        kind, text = self._tokens[self._next]
        self._next += 1
        match kind:
            case "string":
                try:
                    return Literal(json.loads(text))
                except ValueError:
                    raise _wrong(self._text, f"{text} is not a string") from None
            case "raw":
                return Literal(text[1:-1])
            case "number":
                return Literal(float(text) if "." in text else int(text))
            case "path":
                names = tuple(text.lstrip("$").split(".")[1:])
                return Field(names, from_root=text.startswith("$"))
            case "dot" | "root":
                return Field((), from_root=kind == "root")
            case "name" if text in ("true", "false", "nil"):
                return Literal({"true": True, "false": False, "nil": None}[text])
            case "mark" if text == "(":
                inner = self._pipeline(depth + 1)
                if self._peek() != ("mark", ")"):
                    raise _wrong(self._text, "a closing parenthesis is missing")
                self._next += 1
                return inner
            case _:
                raise _wrong(self._text, f"unexpected {text!r}")

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None


class _Scope:
    """The evaluation of one template on one document."""

    def __init__(self, root: Any, strict: bool) -> None:
        self._root = root
        self._strict = strict

    def render(self, items: Sequence[Item], current: Any) -> Iterator[str]:
        for item in items:
            match item:
                case Text():
                    yield item.text
                case Pipeline():
                    yield go_text(self._value(item, current))
                case Block():
                    yield from self._block(item, current)

    def _block(self, block: Block, current: Any) -> Iterator[str]:
        value = self._value(block.pipeline, current)
        if block.keyword == "if":
            yield from self.render(block.body if value else block.otherwise, current)
            return
        if isinstance(value, Mapping):
            value = [value[key] for key in sorted(value)]
        elif value is not None and not isinstance(value, list | tuple):
            raise UsageError(f"template: range needs a list, not {go_text(value)[:40]!r}")
        if not value:
            yield from self.render(block.otherwise, current)
        for element in value or ():
            yield from self.render(block.body, element)

    def _value(self, operand: Operand, current: Any) -> Any:
        match operand:
            case Literal():
                return operand.value
            case Field():
                value = self._root if operand.from_root else current
                for name in operand.names:
                    value = self._field(value, name)
                return value
            case Call():
                return self._call(operand, [self._value(one, current) for one in operand.operands])
            case Pipeline():
                first, *rest = operand.commands
                value = self._value(first, current)
                for command in rest:
                    if not isinstance(command, Call):
                        raise UsageError("template: only a function can follow a '|'")
                    value = self._call(command, [*(self._value(one, current) for one in command.operands), value])
                return value

    def _field(self, value: Any, name: str) -> Any:
        if isinstance(value, Mapping) and name in value:
            return value[name]
        if self._strict or (value is self._root and isinstance(value, Mapping)):
            known = ", ".join(sorted(value)) if isinstance(value, Mapping) else "none"
            raise UsageError(f"template: there is no field .{name}", hint=f"the fields are {known}")
        return None

    def _call(self, call: Call, values: list[Any]) -> Any:
        try:
            return FUNCTIONS[call.function](*values)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise UsageError(f"template: {call.function}: wrong arguments: {error}") from None


def go_text(value: Any) -> str:
    """A value as Go prints it: ``true``, ``[a b]``, ``map[k:v]``, ``<no value>``."""
    match value:
        case None:
            return "<no value>"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
        case list() | tuple():
            return "[" + " ".join(go_text(element) for element in value) + "]"
        case _:
            return str(value)


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = value.get(key, "") if isinstance(value, Mapping) else value[key]
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a string is needed, not {go_text(value)[:40]!r}")
    return value


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "json": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "upper": lambda text: _text(text).upper(),
    "lower": lambda text: _text(text).lower(),
    "title": lambda text: _text(text)[:1].upper() + _text(text)[1:],
    "join": lambda values, separator: _text(separator).join(map(_text, values)),
    "split": lambda text, separator: _text(text).split(_text(separator)),
    "truncate": lambda text, length: _text(text)[:length],
    "len": len,
    "index": _index,
    "println": lambda *values: " ".join(map(go_text, values)) + "\n",
    "print": lambda *values: "".join(map(go_text, values)),
    "eq": lambda first, *others: first in others,
    "ne": lambda first, other: first != other,
    "not": lambda value: not value,
}


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """The texts and the bodies of the actions, in order; ``{{-`` and ``-}}`` trim the text beside them."""
    place, trim_next = 0, False
    for match in _ACTION.finditer(text):
        before = text[place : match.start()]
        before = before.lstrip() if trim_next else before
        before = before.rstrip() if match[0].startswith("{{- ") else before
        if before:
            _refuse_open(before)
            yield before, False
        yield match["body"].strip(), True
        place, trim_next = match.end(), match[0].endswith(" -}}")
    rest = text[place:].lstrip() if trim_next else text[place:]
    _refuse_open(rest)
    if rest:
        yield rest, False


def _refuse_open(text: str) -> None:
    if "{{" in text:
        raise _wrong(text.partition("{{")[2][:40], "its }} is missing")


def _wrong(action: str, why: str) -> UsageError:
    return UsageError(f"template: {{{{{action}}}}}: {why}", hint="an example: --format '{{.ID}} {{json .}}'")
