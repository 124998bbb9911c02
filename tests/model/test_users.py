"""USER and --chown are resolved from the image's own files, each in its own way."""

from __future__ import annotations

import pytest

from jettison.errors import BuildError
from jettison.model.users import User, UserDatabase, names_in_owner

DATABASE = UserDatabase(
    passwd=b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n# odd\nbroken\nx:x:NaN:0::/:\n",
    group=b"root:x:0:\napps:x:1001:\nvideo:x:44:app,other\nwheel:x:10:app\n",
)


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("", User(uid=0, gid=0, groups=(0,), home="/root")),
        ("app", User(uid=1000, gid=1001, groups=(1001, 44, 10), home="/home/app")),
        ("1000", User(uid=1000, gid=1001, groups=(1001, 44, 10), home="/home/app")),
        ("1234", User(uid=1234, gid=0, groups=(0,))),
        ("1234:44", User(uid=1234, gid=44, groups=(44,))),
        ("app:video", User(uid=1000, gid=44, groups=(44,), home="/home/app")),
        ("app:77", User(uid=1000, gid=77, groups=(77,), home="/home/app")),
    ],
)
def test_user(text: str, user: User) -> None:
    assert DATABASE.resolve_user(text) == user


@pytest.mark.parametrize("text", ["nobody", "app:nogroup", "99999999999", "1:99999999999"])
def test_user_refuses_unknown_names_and_impossible_numbers(text: str) -> None:
    with pytest.raises(BuildError):
        DATABASE.resolve_user(text)


def test_root_needs_no_files() -> None:
    assert UserDatabase().resolve_user("root") == User(uid=0, gid=0, groups=(0,))
    assert UserDatabase().resolve_user("") == User(uid=0, gid=0, groups=(0,))


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("app", (1000, 1001)),
        ("7", (7, 7)),
        ("7:8", (7, 8)),
        ("app:video", (1000, 44)),
        ("root", (0, 0)),
        ("7:root", (7, 0)),
        ("7:", (7, 0)),
        (":44", (0, 44)),
        ("+7", (7, 7)),
        ("-1", (0, 0)),
        ("-2", (4294967294, 4294967294)),
    ],
)
def test_owner(text: str, owner: tuple[int, int]) -> None:
    assert DATABASE.resolve_owner(text) == (*owner, None)


@pytest.mark.parametrize(
    ("text", "owner"), [("ghost", (0, 0)), ("app:ghosts", (1000, 1001)), ("7:ghosts", (7, 7)), ("4294967295", (0, 0))]
)
def test_unknown_owners_with_a_warning(text: str, owner: tuple[int, int]) -> None:
    """An unknown user is root, an unknown group the one that goes with the user."""
    uid, gid, warning = DATABASE.resolve_owner(text)
    assert (uid, gid) == owner
    assert warning is not None
    assert "is used" in warning


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("app", ("app",)),
        ("1:2", ()),
        ("root:", ()),
        ("5:video", ("video",)),
        ("a:b:c", ("a", "b:c")),
        ("2147483648", ("2147483648",)),
    ],
)
def test_what_must_be_looked_up(text: str, names: tuple[str, ...]) -> None:
    """Names, and numbers that no 32 bits hold."""
    assert names_in_owner(text) == names
