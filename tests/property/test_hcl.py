"""HCL: whatever stands in a file, the answer is a tree or an error with its place; what is printed can be read again."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jettison.bake.reading import BakeFile, read_definition
from jettison.bake.scope import Outside
from jettison.bake.yaml_tree import parse_yaml
from jettison.errors import JettisonError
from jettison.hcl.evaluate import evaluate
from jettison.hcl.functions.interface import Function
from jettison.hcl.functions.library import World, standard_functions
from jettison.hcl.json_text import json_text
from jettison.hcl.parser import parse_expression, parse_hcl
from jettison.hcl.values import Value
from jettison.text.diagnostics import SourceError, error_at
from jettison.text.span import Source, Span

WORLD = World(now_seconds=0.0, home="/home", random_bytes=bytes)
FUNCTIONS = standard_functions(WORLD)
PIECES = st.sampled_from(
    [
        *'"${}%[]()=.,:?!&|<>+-*/\n\\~',
        *(
            "target ",
            "group ",
            "variable ",
            "a",
            "b1",
            " for ",
            " in ",
            " if ",
            "<<E\n",
            "<<-E\n",
            "E\n",
            "%{ if ",
            "%{ endif }",
            "%{for x in ",
        ),
        *(
            "...",
            "=>",
            "==",
            "&&",
            "||",
            "1",
            "0.5",
            "1e9",
            "null",
            "true",
            '"x"',
            "#c\n",
            "//c\n",
            "/*",
            "*/",
            "upper(",
            "try(",
            "é",
            "\t",
            "$${",
            "%%{",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60)
PLAIN = st.characters(min_codepoint=32, exclude_categories=["Cs"])
"""HCL has not all the escapes of JSON."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(PLAIN, max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(PLAIN, max_size=5), inner, max_size=4),
    max_leaves=12,
)


class NoNames:
    """A scope with functions alone."""

    def variable(self, name: str, path: object, span: Span) -> Value:
        raise error_at(span, f"there is no variable {name!r}")

    def function(self, name: str, span: Span) -> Function:
        if name not in FUNCTIONS:
            raise error_at(span, f"there is no function {name!r}")
        return FUNCTIONS[name]


@given(TEXTS)
@settings(max_examples=200)
@example('a = "${')
@example("a = <<E\n")
@example('a = "%{ for x in [] }')
def test_any_text_is_a_body_or_an_error(text: str) -> None:
    """Nothing but our error, with a place in the text."""
    try:
        parse_hcl(Source(text, "f.hcl"))
    except SourceError as error:
        assert str(error).startswith("f.hcl:")


@given(TEXTS)
@settings(max_examples=200)
def test_any_expression_has_a_value_or_an_error(text: str) -> None:
    """Evaluation too raises nothing but our error."""
    try:
        evaluate(parse_expression(Source(text, "f.hcl")), NoNames())
    except SourceError as error:
        assert str(error).startswith("f.hcl:")


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(JSON, max_size=4))
@settings(max_examples=500)
def test_functions_take_any_arguments(name: str, arguments: list[object]) -> None:
    """A result or an error, never an exception of Python's."""
    texts = [
        json.dumps(argument, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{") for argument in arguments
    ]
    try:
        value = evaluate(parse_expression(Source(f"{name}({', '.join(texts)})", "f.hcl")), NoNames())
    except SourceError:
        return
    json_text(value)


@given(JSON)
@settings(max_examples=100)
def test_json_is_hcl(document: object) -> None:
    """A JSON value is an expression that has this value."""
    text = json.dumps(document, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    value = evaluate(parse_expression(Source(text, "f.hcl")), NoNames())
    decoded = evaluate(
        parse_expression(Source(f"jsondecode({json.dumps(text, ensure_ascii=False)})", "f.hcl")), NoNames()
    )
    assert json.loads(json_text(value)) == json.loads(json_text(decoded))


@given(TEXTS, st.sampled_from(["docker-bake.hcl", "docker-bake.json", "compose.yaml", "-"]))
@settings(max_examples=150)
def test_any_file_is_a_definition_or_an_error(text: str, name: str) -> None:
    """In each of the languages."""
    try:
        read_definition([BakeFile(name=name, text=text)], Outside(variables={}, builtin={}, world=WORLD))
    except JettisonError as error:
        assert error.exit_code in (1, 2)


@given(TEXTS)
@settings(max_examples=100)
def test_any_yaml_is_a_tree_or_an_error(text: str) -> None:
    """Nothing of the library's own errors comes through."""
    try:
        parse_yaml(Source(text, "compose.yaml"))
    except SourceError:
        return
