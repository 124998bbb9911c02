"""The cases: each folder of `cases/` is a build context with its Dockerfile, and may say what is known of it.

`prepare.sh` makes what is better not committed (archives, odd names). `case.toml` holds the differences that are allowed in
this case alone, each explained in docs/compat.md, and the oracles that refuse the Dockerfile.
"""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.compat.compare import Allowance

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One Dockerfile with its context."""

    folder: Path
    allowances: tuple[Allowance, ...] = ()
    refuses: Mapping[str, str] = field(default_factory=dict)
    """Oracles that cannot build it, and why."""

    @property
    def name(self) -> str:
        return self.folder.name

    def copy_context(self, folder: Path) -> Path:
        """A copy of the context, with what `prepare.sh` makes and without what only the tests know of."""
        context = folder / "context"
        shutil.copytree(self.folder, context, symlinks=True, ignore=shutil.ignore_patterns("case.toml"))
        script = context / "prepare.sh"
        if script.exists():
            subprocess.run(["sh", "-e", script.name], cwd=context, check=True)
            script.unlink()
        return context


def load_cases() -> tuple[Case, ...]:
    return tuple(_load_case(path.parent) for path in sorted(CASES.glob("*/Dockerfile")))


def _load_case(folder: Path) -> Case:
    path = folder / "case.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Case(
        folder=folder,
        refuses=document.pop("refuses", {}),
        allowances=load_allowances(document.pop("allow", ())),
        **document,
    )


def load_allowances(tables: Iterable[Mapping[str, Any]]) -> tuple[Allowance, ...]:
    """Allowances out of TOML."""
    return tuple(
        Allowance(**{**table, "what": frozenset(table["what"]), "oracles": frozenset(table.get("oracles", ()))})
        for table in tables
    )
