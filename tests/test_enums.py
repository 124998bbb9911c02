"""Enumerations of texts: what the project uses of the standard library's is the same."""

from __future__ import annotations

import copy
import enum
import json
import pickle
from typing import Any

import pytest

from jettison import enums


class Ours(enums.StrEnum):
    """An enumeration, as classes of the project are written."""

    FIRST = "first"
    """A member."""
    SECOND = "second-text"
    ALSO_FIRST = "first"

    @property
    def shout(self) -> str:
        """What follows from the member."""
        return self.upper()


class Standard(enum.StrEnum):
    """The same, by the standard library."""

    FIRST = "first"
    SECOND = "second-text"
    ALSO_FIRST = "first"

    @property
    def shout(self) -> str:
        """The same."""
        return self.upper()


def told(kind: type[Ours | Standard]) -> list[object]:
    """All that can be told of an enumeration."""
    first, second = kind("first"), kind("second-text")
    return [
        [(member.name, member.value, member._value_, str(member), f"{member:>8}", member.shout) for member in kind],
        (len(kind), kind.FIRST is first, kind.ALSO_FIRST is first, kind.SECOND is second),
        (first == "first", first != second, hash(first) == hash("first"), {str(first): 1}[first], first < second),
        (isinstance(first, kind), isinstance("first", kind), kind(first) is first),
        (type(first.value), type(str(first)), "-".join(kind), json.dumps({first: [second]})),
        (pickle.loads(pickle.dumps(second)) is second, copy.deepcopy([second])[0] is second),
        (repr(first).partition(".")[2], bool(kind), second in kind),
    ]


def test_an_enumeration_is_as_the_standard_library_makes_it() -> None:
    """Members, their names and texts, aliases, how they compare, are written, copied and looked up."""
    assert told(Ours) == told(Standard)


@pytest.mark.parametrize("text", ["third", "FIRST", "", 1, None, ["first"]])
def test_what_is_no_member_is_refused(text: object) -> None:
    """With the same words."""
    messages = []
    for kind in (Ours, Standard):
        with pytest.raises(ValueError, match="is not a valid") as raised:
            kind(text)  # type: ignore[arg-type]
        messages.append(str(raised.value).replace(kind.__name__, ""))
    assert messages[0] == messages[1]


def test_a_text_is_a_member_where_its_text_is() -> None:
    """As from Python 3.12 on."""
    texts: list[Any] = ["first", "FIRST", 1]
    assert [text in Ours for text in texts] == [True, False, False]
