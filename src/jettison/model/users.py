"""Users and groups as an image knows them, and what ``USER`` and ``--chown`` make of them.

The two differ on purpose, as in BuildKit: ``USER`` follows moby's ``GetExecUser``, ``--chown`` its file operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.errors import BuildError
from jettison.frozen import dataclass
from jettison.patterns import late_pattern

_MAX_ID = 2**31 - 1
_OWNER = late_pattern(r"[-+]?[0-9]{1,20}", re.ASCII)
_UNCHANGED = -1
"""The owner that chown(2) leaves as it is: new files are root's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who a command runs as."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    """All supplementary groups, ``gid`` first, as containerd and BuildKit set them."""
    home: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDatabase:
    """The contents of the two files; empty where the image has none."""

    passwd: bytes = b""
    group: bytes = b""

    def resolve_user(self, text: str) -> User:
        """The user that ``USER text`` means: ``name|uid[:group|gid]``; empty is root.

        Raises :class:`BuildError` for a name that the image does not know.
        """
        name, colon, group = text.partition(":")
        record = self._find_user(name or "0")
        if record is None and name.isdecimal():
            record = _PasswdRecord(name="", uid=_parse_id(name), gid=0, home="/")
        if record is None:
            if name in ("", "root"):
                record = _PasswdRecord(name="root", uid=0, gid=0, home="/")
            else:
                raise BuildError(
                    f"unable to find user {name}: no matching entries in passwd file",
                    hint="create the user in an earlier RUN, or use a number",
                )
        if colon and group:
            gid = self._resolve_group(group)
            return User(uid=record.uid, gid=gid, groups=(gid,), home=record.home)
        groups = [gid for _, gid, members in self._groups() if record.name and record.name in members]
        return User(
            uid=record.uid, gid=record.gid, groups=tuple(dict.fromkeys([record.gid, *groups])), home=record.home
        )

    def resolve_owner(self, text: str) -> tuple[int, int, str | None]:
        """What ``--chown=text`` means: uid, gid, and a warning where a name is unknown.

        As in BuildKit an unknown user is 0, and an unknown group leaves the one that goes with the user.
        """
        name, colon, group = text.partition(":")
        warning = None
        number = _parse_owner(name)
        if number is not None:
            uid = gid = number
        else:
            record = next((record for record in self._users() if record.name == name), None)
            uid, gid = (record.uid, record.gid) if record else (0, 0)
            if record is None:
                warning = f"the image has no user {name!r}; 0 is used"
        if colon:
            number = _parse_owner(group)
            if number is None:
                number = next((number for known, number, _ in self._groups() if known == group), None)
                if number is None:
                    warning = f"the image has no group {group!r}; {gid} is used"
            gid = gid if number is None else number
        return uid, gid, warning

    def _find_user(self, name: str) -> _PasswdRecord | None:
        for record in self._users():
            if record.name == name or (name.isdecimal() and record.uid == int(name)):
                return record
        return None

    def _resolve_group(self, name: str) -> int:
        for known, gid, _ in self._groups():
            if known == name or (name.isdecimal() and gid == int(name)):
                return gid
        if name.isdecimal():
            return _parse_id(name)
        raise BuildError(f"unable to find group {name}: no matching entries in group file")

    def _users(self) -> Iterator[_PasswdRecord]:
        for fields in _records(self.passwd, 4):
            if fields[2].isdecimal() and fields[3].isdecimal():
                home = fields[5] if len(fields) > 5 else ""
                yield _PasswdRecord(name=fields[0], uid=int(fields[2]), gid=int(fields[3]), home=home or "/")

    def _groups(self) -> Iterator[tuple[str, int, list[str]]]:
        for fields in _records(self.group, 3):
            if fields[2].isdecimal():
                yield fields[0], int(fields[2]), fields[3].split(",") if len(fields) > 3 else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _PasswdRecord:
    name: str
    uid: int
    gid: int
    home: str


def _records(data: bytes, minimum: int) -> Iterator[list[str]]:
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        fields = line.strip().split(":")
        if len(fields) >= minimum and not line.startswith("#"):
            yield fields


def names_in_owner(text: str) -> tuple[str, ...]:
    """What of a ``--chown`` has to be looked up in the image, so that there must be one."""
    return tuple(part for part in text.split(":", 1) if _parse_owner(part) is None)


def _parse_owner(text: str) -> int | None:
    """One half of a ``--chown`` that is no name: nothing, ``root``, or what Go reads as a number of 32 bits."""
    if text in ("", "root"):
        return 0
    if _OWNER.fullmatch(text) is None:
        return None
    number = int(text)
    if number == _UNCHANGED:
        return 0
    return number % 2**32 if -(2**31) <= number <= _MAX_ID else None


def _parse_id(text: str) -> int:
    number = int(text[:20])
    if number > _MAX_ID:
        raise BuildError(f"uid or gid {text} is out of range", hint=f"the largest one is {_MAX_ID}")
    return number
