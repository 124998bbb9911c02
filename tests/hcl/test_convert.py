"""What becomes of a value where another type is asked for, and which type several values have in common."""

from __future__ import annotations

import pytest
from tests.hcl.test_evaluate import Table

from jettison.hcl.convert import ConversionError, convert, unify
from jettison.hcl.evaluate import evaluate
from jettison.hcl.json_text import json_text
from jettison.hcl.parser import parse_expression
from jettison.hcl.type_expressions import parse_type
from jettison.hcl.types import Type, friendly_name
from jettison.hcl.values import Value
from jettison.text.span import Source


def type_of(text: str) -> Type:
    return parse_type(parse_expression(Source(text, "f")))


def value_of(text: str) -> Value:
    return evaluate(parse_expression(Source(text, "f")), Table())


@pytest.mark.parametrize(
    ("value", "type_", "converted"),
    [
        ("1.50", "string", '"1.5"'),
        ("true", "string", '"true"'),
        ('"12"', "number", "12"),
        ('"1"', "bool", "true"),
        ('["a", 1]', "list(string)", '["a","1"]'),
        ("[3, 1, 3]", "set(number)", "[1,3]"),
        ('["b", "a"]', "set(string)", '["a","b"]'),
        ("{a = 1, b = true}", "map(string)", '{"a":"1","b":"true"}'),
        ('{a = "1", c = 2}', "object({a = number, b = optional(string)})", '{"a":1,"b":null}'),
        ("[1, true]", "tuple([string, bool])", '["1",true]'),
        ("null", "list(string)", "null"),
        ('[1, "a"]', "list(any)", '["1","a"]'),
    ],
)
def test_conversions(value: str, type_: str, converted: str) -> None:
    """As JSON."""
    assert json_text(convert(value_of(value), type_of(type_))) == converted


@pytest.mark.parametrize(
    ("value", "type_", "message"),
    [
        ('"x"', "number", "a number is required"),
        ('"True"', "bool", 'use lowercase "true" or "false"'),
        ("[1]", "string", "a string is required, but this is a tuple"),
        ('["x"]', "list(number)", "element 0: a number is required"),
        ("{}", "object({a = string})", "attribute 'a' is required"),
        ("[1]", "tuple([string, bool])", "a tuple of 2 elements is required, but this has 1"),
        ("{a = 1}", "list(number)", "a list of number is required, but this is an object"),
    ],
)
def test_what_cannot_be_converted(value: str, type_: str, message: str) -> None:
    """The message says what is asked for and which part is wrong."""
    with pytest.raises(ConversionError) as caught:
        convert(value_of(value), type_of(type_))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("types", "common"),
    [
        (["number", "number"], "number"),
        (["number", "string", "bool"], "string"),
        (["number", "bool"], None),
        (["tuple([number])", "tuple([])"], "list of number"),
        (["tuple([number])", "tuple([string])"], "tuple"),
        (["list(number)", "set(number)"], "list of number"),
        (["object({a = number})", "object({b = string})"], "map of string"),
        (["map(number)", "object({})"], "map of number"),
        (["list(number)", "map(number)"], None),
        (["any", "number"], "dynamic"),
    ],
)
def test_types_in_common(types: list[str], common: str | None) -> None:
    """In words; None where there is none."""
    found = unify([type_of(text) for text in types])
    assert (None if found is None else friendly_name(found)) == common
