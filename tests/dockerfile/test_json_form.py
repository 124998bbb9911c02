"""Arrays of strings, other JSON, and text that is none."""

from __future__ import annotations

import pytest

from jettison.dockerfile.json_form import JsonString, NotStringsError, parse_json_form


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[]", []),
        ('["a"]', ["a"]),
        ('[ "a" ,\t"b c" ]', ["a", "b c"]),
        (r'["\"\\\/\b\f\n\r\t"]', ['"\\/\b\f\n\r\t']),
        (r'["\u0041\u00e9"]', ["Aé"]),
        (r'["\ud83d\ude00"]', ["😀"]),
        (r'["\ud83dx", "\ude00", "\ud83d\u0041"]', ["\ufffdx", "\ufffd", "\ufffdA"]),
        ('["$HOME", "\x7f"]', ["$HOME", "\x7f"]),
    ],
)
def test_strings(text: str, values: list[str]) -> None:
    """Escapes as in JSON; half a surrogate pair becomes the replacement character, as in Go."""
    strings = parse_json_form(text, 0, len(text))
    assert strings is not None
    assert [string.value for string in strings] == values


@pytest.mark.parametrize(
    "text", ["[1]", "[null]", '["a", ["b"]]', '[{"a": []}]', '["a", -1.5e3]', "[true, false]", "[[]]"]
)
def test_other_json(text: str) -> None:
    """JSON of another kind is a mistake, not a command for the shell."""
    with pytest.raises(NotStringsError):
        parse_json_form(text, 0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "[", "]", "[a]", "['a']", '["a",]', '["a" "b"]', '["a"', '["a]', '["a"] b', '["\n"]', r'["\x"]',
        r'["\u12"]', "[,]", "[01]", "[1.]", "[-]", "[nul]", '{"a": 1}', '[{"a"}]', '[{1: 2}]', '[{"a": 1,}]', "[}", "[[]",
        '[ "$a" = "b" ] && c', "[[ -f a ]]", "[" * 100_000, '[{"a":' * 20_000,
    ],
)  # fmt: skip
def test_no_json(text: str) -> None:
    """Anything else is the shell form; no nesting is too deep to say so."""
    assert parse_json_form(text, 0, len(text)) is None


def test_ranges() -> None:
    """Each string knows where it stands."""
    assert parse_json_form('x ["a", "b"] y', 2, 12) == [JsonString("a", 3, 6), JsonString("b", 8, 11)]
