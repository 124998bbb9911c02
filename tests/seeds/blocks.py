"""Finds the Dockerfiles in texts: the fenced blocks that are one, whole or a piece of one."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"

_FENCE = re.compile(
    r"^[ \t]*(?P<fence>```+|~~~+)[^\n]*\n(?P<text>.*?)^[ \t]*(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_INSTRUCTION = re.compile(
    r"(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One Dockerfile of a text."""

    name: str
    """Number of the text and of the Dockerfile in it: ``002-1``."""
    text: str

    @property
    def is_whole(self) -> bool:
        """Whether it says what it starts from."""
        return any(line.startswith("FROM ") for line in self.text.splitlines())

    @property
    def images(self) -> frozenset[str]:
        """The images it names, earlier stages excluded."""
        froms = re.findall(r"^FROM\s+(\S+)(?:\s+AS\s+(\S+))?", self.text, re.MULTILINE | re.IGNORECASE)
        stages = {stage for _, stage in froms if stage}
        copied = re.findall(r"^COPY\s+--from=(\S+)", self.text, re.MULTILINE)
        return frozenset({name for name, _ in froms} | set(copied)) - stages - {"scratch"}


def find_blocks(text: str, number: str) -> Iterator[Block]:
    """The Dockerfiles of a text, in order."""
    count = 0
    for fenced in _FENCE.finditer(text):
        content = textwrap.dedent(fenced["text"])
        lines = [line for line in content.splitlines() if line.strip() and not line.startswith("#")]
        if lines and _INSTRUCTION.match(lines[0]):
            count += 1
            yield Block(name=f"{number}-{count}", text=content)


def seed_blocks() -> tuple[Block, ...]:
    """All Dockerfiles of all seeds; none where the folder is absent."""
    return tuple(
        block
        for path in sorted(SEEDS.glob("*.txt"))
        for block in find_blocks(path.read_text(encoding="utf-8"), path.stem.partition("_")[0])
    )
