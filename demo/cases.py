"""The examples as data: one folder of `examples/` is one case, described by its `example.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "examples"
BASES = EXAMPLES / "bases.toml"

SINGLE = "Dockerfile.single"
MULTI = "Dockerfile"


class CheckKind(StrEnum):
    """How an image shows that it works."""

    PRINTS = "prints"
    """It runs to its end, exits with 0, and its standard output contains the expected texts."""
    ANSWERS = "answers"
    """It serves HTTP on the loopback port of ``$PORT``, and the page contains the expected texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is done with a built image, and what has to come out of it."""

    kind: CheckKind
    expect: tuple[str, ...]
    path: str = "/"

    def missing(self, answer: str) -> tuple[str, ...]:
        """The expected texts that the answer does not contain."""
        return tuple(text for text in self.expect if text not in answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One example."""

    name: str
    folder: Path
    title: str
    saved: str
    """Why the multi-stage image is smaller, in one sentence."""
    check: Check
    max_bytes: int | None = None
    """The multi-stage image may not be larger."""
    min_ratio: float = 1.0
    """The single-stage image must be at least so many times as large."""
    secret: str | None = None
    """A text that some layer of the single-stage image holds, and none of the multi-stage image may."""

    def dockerfile(self, version: str) -> Path:
        """The path of one of the two Dockerfiles."""
        return self.folder / version


def load_cases(folder: Path = EXAMPLES) -> tuple[Case, ...]:
    """All examples, in the order of their names."""
    return tuple(load_case(path.parent) for path in sorted(folder.glob("*/example.toml")))


def load_case(folder: Path) -> Case:
    """One example; raises ``KeyError`` or ``TypeError`` that names what its description lacks or has too much."""
    document = tomllib.loads((folder / "example.toml").read_text(encoding="utf-8"))
    return Case(
        name=folder.name,
        folder=folder,
        title=document.pop("title"),
        saved=document.pop("saved"),
        check=_load_check(document.pop("check")),
        secret=document.pop("secret", {}).get("text"),
        **document.pop("limits", {}),
        **document,
    )


def _load_check(table: Mapping[str, Any]) -> Check:
    return Check(**{**table, "kind": CheckKind(table["kind"]), "expect": tuple(table["expect"])})
