"""What a bake file may do only where the user allows it with ``--allow`` (buildx ``bake/entitlements.go``).

A bake file is often somebody else's. Without being allowed to, it reads and writes nothing outside of the current
folder, and runs no command with privileges or on the machine's network. What ``--set`` gives is allowed by that.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from jettison.bake.resolve import is_remote
from jettison.cli.bake_requests import dockerfile_of
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING
from jettison.text.suggest import did_you_mean

if TYPE_CHECKING:
    from jettison.bake.model import Target

_RUN = ("network.host", "security.insecure", "device")
_READ, _WRITE, _BOTH = "fs.read", "fs.write", "fs"
_WITHOUT_EFFECT = ("ssh", "image", "image.push", "image.load", "buildx.local.delete")
"""Known to buildx; nothing here asks for them."""
_KNOWN = (*_RUN, _READ, _WRITE, _BOTH, *_WITHOUT_EFFECT)
_EVERYTHING = "*"
_NO_FILE = ("target:", "docker-image:", "oci-layout:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What ``--allow`` allows."""

    run: frozenset[str]
    read: tuple[str, ...]
    write: tuple[str, ...]


def parse_allowed(texts: Iterable[str]) -> Allowed:
    """The values of ``--allow``. Raises :class:`UsageError`."""
    run, read, write = set(), ["."], ["."]
    for text in texts:
        name, equals, path = text.partition("=")
        if name not in _KNOWN:
            hint = did_you_mean(name, _KNOWN) or f"there is {', '.join(_KNOWN)}"
            raise UsageError(f"--allow {text}: unknown entitlement {name!r}", hint=hint)
        if name in (_READ, _WRITE, _BOTH):
            if not equals or not path:
                raise UsageError(f"--allow {text}: which path?", hint=f"write --allow {name}=PATH")
            read += [path] if name != _WRITE else []
            write += [path] if name != _READ else []
        elif name in _RUN:
            run.add(name)
    return Allowed(run=frozenset(run), read=tuple(read), write=tuple(write))


def check_allowed(targets: Mapping[str, Target], allowed: Allowed, sets: Sequence[str]) -> None:
    """Raise :class:`UsageError` that names everything that the targets ask for and are not allowed."""
    wanted: dict[str, str] = {}
    for target in targets.values():
        for name in target.entitlements or ():
            if name.partition("=")[0] not in allowed.run and f"entitlements={name}" not in _given(sets):
                wanted.setdefault(name, f"{target.name}: {_words(name)}")
        for flag, granted, paths in (
            (_READ, allowed.read, _reads(target)),
            (_WRITE, allowed.write, _writes(target)),
        ):
            for path in paths:
                if not _is_within(path, granted) and not any(path in text for text in sets):
                    verb = "read" if flag == _READ else "write"
                    wanted.setdefault(f"{flag}={path}", f"{target.name}: {verb} {path!r}")
    if wanted:
        flags = " ".join(f"--allow {shlex.quote(name)}" for name in wanted)
        listed = "".join(f"\n  {reason}" for reason in wanted.values())
        raise UsageError(f"the bake file asks for what it is not allowed to do:{listed}", hint=f"allow it: {flags}")


def _given(sets: Sequence[str]) -> set[str]:
    """``key=value`` of each ``--set``, without its target."""
    return {text.partition(".")[2].replace("+=", "=", 1) for text in sets}


def _words(entitlement: str) -> str:
    words = {"network.host": "run commands on the machine's network", "security.insecure": "run privileged commands"}
    return words.get(entitlement, f"use {entitlement}")


def _reads(target: Target) -> Iterator[str]:
    place = target.context or "."
    if not is_remote(place):
        yield place
        if (file := dockerfile_of(target)) is not None:
            yield file
    for path in (target.contexts or {}).values():
        if not path.startswith(_NO_FILE) and not is_remote(path):
            yield path.removeprefix("cwd://")
    yield from (each.get("src") for each in target.cache_from or () if each.type == "local" and each.get("src"))
    yield from (secret.src for secret in target.secret or () if secret.src)
    yield from (path for each in target.ssh or () for path in each.paths)


def _writes(target: Target) -> Iterator[str]:
    for each in (*(target.output or ()), *(target.cache_to or ())):
        if each.get("dest") not in ("", "-"):
            yield each.get("dest")


def _is_within(path: str, folders: Iterable[str]) -> bool:
    """Whether a path, links followed, is one of the folders or below one."""
    found = Path(path).expanduser().resolve()
    return any(folder == _EVERYTHING or found.is_relative_to(Path(folder).resolve()) for folder in folders)
