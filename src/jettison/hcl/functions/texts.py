"""Functions on texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jettison.hcl.functions.graphemes import graphemes
from jettison.hcl.functions.interface import Function, FunctionError, Parameter, number_of, text_of, whole
from jettison.hcl.types import STRING, ListType
from jettison.hcl.values import Value, number, string, strings
from jettison.patterns import late_pattern

_NOT_IN_NAMES = late_pattern(r"[^a-zA-Z0-9_-]")
_MAX_TEXT = 16 << 20


def _text(name: str, change: Callable[[str], str], parameter: str = "str") -> Function:
    return Function(name, (text_of(parameter),), lambda values: string(change(values[0].text)))


def _text2(name: str, change: Callable[[str, str], str], second: str) -> Function:
    return Function(
        name, (text_of("str"), text_of(second)), lambda values: string(change(values[0].text, values[1].text))
    )


def base_name(path: str) -> str:
    """The last element of a path; ``.`` of an empty one."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def directory_name(path: str) -> str:
    """A path without its last element, cleaned."""
    return clean_path(path.rpartition("/")[0] + ("/" if "/" in path else ""))


def clean_path(path: str) -> str:
    """The shortest path that leads to the same place, by its text alone."""
    rooted = path.startswith("/")
    kept: list[str] = []
    for part in path.split("/"):
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part == ".." and rooted:
            continue
        elif part not in ("", "."):
            kept.append(part)
    return ("/" if rooted else "") + "/".join(kept) or "."


def _title(text: str) -> str:
    """Letters that begin a word in capitals; letters, digits and ``_`` make words."""
    parts = []
    inside = False
    for character in text:
        parts.append(character if inside else character.title())
        inside = character.isalnum() or character == "_" or not (character.isascii() or character.isspace())
    return "".join(parts)


def _indent(values: Sequence[Value]) -> Value:
    spaces = whole(values, 0)
    text = values[1].text
    if spaces < 0 or spaces * (text.count("\n") + 1) > _MAX_TEXT:
        raise FunctionError("not a sensible number of spaces", 0)
    return string(text.replace("\n", "\n" + " " * spaces))


def _substr(values: Sequence[Value]) -> Value:
    characters = graphemes(values[0].text)
    offset, length = whole(values, 1), whole(values, 2)
    if offset < 0:
        offset += len(characters)
    characters = characters[max(offset, 0) :]
    return string("".join(characters if length < 0 else characters[:length]))


def _join(values: Sequence[Value]) -> Value:
    separator, *lists = values
    if not lists:
        raise FunctionError("at least one list is required")
    items = [item for each in lists for item in each.items]
    if any(item.is_null for item in items):
        raise FunctionError("the lists must not have null in them")
    return string(separator.text.join(item.text for item in items))


def _split(values: Sequence[Value]) -> Value:
    separator, text = values[0].text, values[1].text
    return strings(text.split(separator) if separator else list(text))


def _byte_slice(values: Sequence[Value]) -> Value:
    data = values[0].text.encode()
    offset, length = whole(values, 1), whole(values, 2)
    if offset < 0 or length < 0 or offset + length > len(data):
        raise FunctionError("offset and length must lie within the text")
    return string(data[offset : offset + length].decode("utf-8", "replace"))


FUNCTIONS = (
    _text("upper", str.upper),
    _text("lower", str.lower),
    _text("title", _title),
    _text("reverse", lambda text: "".join(reversed(graphemes(text)))),
    _text("chomp", lambda text: text.rstrip("\r\n")),
    _text("trimspace", str.strip),
    _text("basename", base_name, "path"),
    _text("dirname", directory_name, "path"),
    _text("sanitize", lambda text: _NOT_IN_NAMES.sub("_", text), "name"),
    _text2("trim", lambda text, cutset: text.strip(cutset) if cutset else text, "cutset"),
    _text2("trimprefix", str.removeprefix, "prefix"),
    _text2("trimsuffix", str.removesuffix, "suffix"),
    Function("strlen", (text_of("str"),), lambda values: number(len(graphemes(values[0].text)))),
    Function("byteslen", (text_of("buf"),), lambda values: number(len(values[0].text.encode()))),
    Function("bytesslice", (text_of("buf"), number_of("offset"), number_of("length")), _byte_slice),
    Function("substr", (text_of("str"), number_of("offset"), number_of("length")), _substr),
    Function("indent", (number_of("spaces"), text_of("str")), _indent),
    Function("join", (text_of("separator"),), _join, variadic=Parameter("lists", ListType(STRING))),
    Function("split", (text_of("separator"), text_of("str")), _split),
    Function(
        "replace",
        (text_of("str"), text_of("substr"), text_of("replace")),
        lambda values: string(values[0].text.replace(values[1].text, values[2].text)),
    ),
)
