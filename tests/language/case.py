"""The cases: each folder of `cases/` is a Dockerfile with its context, and what must come of it (README.md)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.compare import Allowance

CASES = Path(__file__).parent / "cases"

ORACLES = ("buildkit", "docker", "buildah")
"""The newest BuildKit, that of Docker 20.10, and buildah 1.28."""

SYNTAX = {"buildkit": (1, 99), "docker": (1, 2), "buildah": (1, 2)}
"""The version of the Dockerfile syntax that each oracle understands."""

_OURS = ("case.toml", "expected.*", "prepare.sh")
_NEEDS_ROOT = re.compile(r"^\s*(ONBUILD\s+)?RUN\s", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One Dockerfile with its context. The fields with defaults are the keys of `case.toml`."""

    folder: Path
    flags: tuple[str, ...] = ()
    """As given to `docker build`; paths are relative to the folder."""
    context: str = "."
    """The argument of `docker build`."""
    stdin: str = ""
    """A file of the folder that stands on standard input."""
    environment: Mapping[str, str] = field(default_factory=dict)
    root: bool | None = None
    """Whether the build needs root; where it is not said: if there is a RUN."""
    since: str = "1.0"
    """The version of the Dockerfile syntax that has what is tested."""
    whole: bool = False
    """`expected.tree` lists the files of the base image too."""
    warnings: tuple[str, ...] | None = None
    """All warnings of the build; None: they do not matter."""
    output: tuple[str, ...] = ()
    """Pieces of what the steps print."""
    skip: Mapping[str, str] = field(default_factory=dict)
    """Oracles that the case is not put to, and why."""
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Oracles that refuse what is built here, and why."""
    accepts: Mapping[str, str] = field(default_factory=dict)
    """Oracles that build what is refused here, and why."""
    allow: tuple[Allowance, ...] = ()
    """Differences to oracles that are justified in this case."""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def needs_root(self) -> bool:
        if self.root is not None:
            return self.root
        return any(_NEEDS_ROOT.search(_text(path)) for path in self.folder.glob("*Dockerfile*"))

    @property
    def expected_error(self) -> Path:
        return self.folder / "expected.error"

    @property
    def expected_tree(self) -> Path:
        return self.folder / "expected.tree"

    @property
    def expected_config(self) -> Path:
        return self.folder / "expected.json"

    def copy(self, folder: Path) -> Path:
        """A copy of the folder, with what `prepare.sh` makes and without what only the tests know of."""
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(*_OURS))
        script = self.folder / "prepare.sh"
        if script.exists():
            subprocess.run(["sh", "-eu", str(script)], cwd=folder, check=True)
        return folder

    def not_applicable(self, oracle: str) -> str | None:
        """Why the case is not put to the oracle; None where it is."""
        if oracle in self.skip:
            return self.skip[oracle]
        if tuple(map(int, self.since.split("."))) > SYNTAX[oracle]:
            return f"since Dockerfile {self.since}"
        return None


@cache
def load_cases() -> tuple[Case, ...]:
    """All cases by name."""
    return tuple(load_case(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir())


def load_case(folder: Path) -> Case:
    """The case of a folder; raises :class:`TypeError` for a key that means nothing."""
    path = folder / "case.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for key in {"flags", "warnings", "output"} & document.keys():
        document[key] = tuple(document[key])
    return Case(folder=folder, **document | {"allow": load_allowances(document.get("allow", ()))})


def load_allowances(tables: Iterable[Mapping[str, Any]]) -> tuple[Allowance, ...]:
    """Allowances out of TOML."""
    return tuple(
        Allowance(**{**table, "what": frozenset(table["what"]), "oracles": frozenset(table.get("oracles", ()))})
        for table in tables
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
