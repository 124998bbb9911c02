"""Expressions come to what HCL says, and errors to the place that caused them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jettison.hcl.evaluate import evaluate
from jettison.hcl.functions.interface import Function
from jettison.hcl.functions.library import World, standard_functions
from jettison.hcl.json_text import json_text
from jettison.hcl.parser import parse_expression
from jettison.hcl.values import Value, object_of, string, tuple_of
from jettison.text.diagnostics import SourceError, error_at
from jettison.text.span import Source, Span

FUNCTIONS = standard_functions(
    World(now_seconds=1_700_000_000.0, home="/home/me", random_bytes=lambda count: b"\7" * count)
)
VARIABLES = {
    "name": string("x"),
    "list": tuple_of([string("a"), string("b")]),
    "deep": object_of({"a": object_of({"b": string("c")})}),
}


class Table:
    """A scope of a few variables; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def variable(self, name: str, path: Sequence[str], span: Span) -> Value:
        self.asked.append((name, tuple(path)))
        if name not in VARIABLES:
            raise error_at(span, f"there is no variable {name!r}")
        return VARIABLES[name]

    def function(self, name: str, span: Span) -> Function:
        return FUNCTIONS[name]


def value_of(text: str) -> str:
    return json_text(evaluate(parse_expression(Source(text, "f")), Table()))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("-2 - -3", "1"),
        ("7 % 4 / 3", "1"),
        ("0.1 + 0.2", "0.3"),
        ("!false && 1 < 2 || false", "true"),
        ("false || missing || true", "true"),
        ("false && missing", "false"),
        ('1 == "1"', "false"),
        ("null == null", "true"),
        ('"a${name}b"', '"axb"'),
        ('"${list}"', '["a","b"]'),
        ('"${1}${2}"', '"12"'),
        ('name == "x" ? 1 : missing', "1"),
        ('true ? 1 : "a"', '"1"'),
        ('true ? ["a"] : []', '["a"]'),
        ("list[1]", '"b"'),
        ('deep["a"].b', '"c"'),
        ("list[*]", '["a","b"]'),
        ("name[*]", '["x"]'),
        ("null[*]", "[]"),
        ('[for i, v in list : "${i}${v}" if i > 0]', '["1b"]'),
        ("{for v in list : upper(v) => v}", '{"A":"a","B":"b"}'),
        ('{for v in list : "k" => v...}', '{"k":["a","b"]}'),
        ("max([3, 9, 4]...)", "9"),
        ("try(deep.z, missing, name)", '"x"'),
        ("can(deep.z)", "false"),
        ('convert(["1"], set(number))', "[1]"),
        ("<<E\nsome\n  text\nE\n", '"some\\n  text\\n"'),
        ("<<-E\n    some\n      text\n  E\n", '"some\\n  text\\n"'),
        ("timestamp()", '"2023-11-14T22:13:20Z"'),
        ("homedir()", '"/home/me"'),
        ("uuidv4()", '"07070707-0707-4707-8707-070707070707"'),
    ],
)
def test_values(text: str, value: str) -> None:
    """As JSON."""
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[1, missing]", "f:1:5", "there is no variable 'missing'"),
        ("deep.q", "f:1:1", "there is no attribute 'q' here"),
        ("list[7]", "f:1:1", "index 7 is out of range: there are 2 elements"),
        ('1 + "x"', "f:1:5", "+ needs something else: a number is required"),
        ("true ? 1 : true", "f:1:1", "both results of a condition must be of one type"),
        ('upper("a", "b")', "f:1:1", "upper() takes 1 arguments, 2 given"),
        ("join(1, [list])", "f:1:9", "join(): lists takes something else"),
        ('"a${null}"', "f:1:5", "this is null, which cannot stand in a text"),
        ("[for x in 5 : x]", "f:1:11", "'for' goes through lists, sets, maps and objects, not number"),
        ('"a\nb"', "f:1:1", "this text has no closing quote on its line"),
        ("1 +", "f:1:4", "expected an expression, found the end of the file"),
        ("[1 2]", "f:1:4", "the list needs ',' or ']' here, found '2'"),
    ],
)
def test_errors(text: str, place: str, message: str) -> None:
    """With the place first."""
    with pytest.raises(SourceError) as caught:
        value_of(text)
    assert str(caught.value).startswith(f"{place}: {message}")


def test_a_scope_is_told_how_much_is_asked_of_a_name() -> None:
    """So that it need not work out the rest."""
    scope = Table()
    evaluate(parse_expression(Source("[deep.a.b, name, deep]", "f")), scope)
    assert scope.asked == [("deep", ("a", "b")), ("name", ()), ("deep", ())]
