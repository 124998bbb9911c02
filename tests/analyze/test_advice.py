"""What to type depends on what the instruction runs."""

from __future__ import annotations

import pytest

from jettison.analyze.advice import change_of
from jettison.analyze.kinds import KINDS


@pytest.mark.parametrize(
    ("kind", "instruction", "told"),
    [
        ("deleted", "RUN curl x > y", "merge the rm of {by} into {line}"),
        ("deleted", "COPY --chown=1 . /src", "leave them out of {line}, so that {by} need not remove them"),
        ("deleted", "RUN echo COPY", "merge the rm of {by} into {line}"),
        ("unused-packages", "RUN apt-get install -y gcc", "{line}: apt-get install --no-install-recommends, or"),
        ("unused-packages", "RUN apt-get install --no-install-recommends gcc", "{line}: install them in a stage"),
        ("unused-packages", "RUN apk add gcc", "{line}: install them in a stage"),
        ("documentation", "RUN apt-get install gcc", "{line}: path-exclude=/usr/share/doc/*"),
        ("manuals", "RUN dnf install -y gcc", "{line}: dnf install --setopt=tsflags=nodocs"),
        ("locales", "RUN apk add gcc", "{line}: leave the packages out"),
        ("locales", "RUN make install", "{line}: remove them in the same RUN"),
        ("logs", "RUN apt-get install gcc", "{line}: rm -rf /var/log/*"),
    ],
)
def test_what_to_type(kind: str, instruction: str, told: str) -> None:
    """Nobody is told what the line has already, what its tools do not know, or to remove what a COPY brings in a RUN."""
    assert change_of(KINDS[kind], instruction).startswith(told)


def test_every_change_can_be_filled_in() -> None:
    """With the names of lines and paths."""
    for text in ("COPY a b", "RUN apt-get install", "RUN yum install", "RUN apk add", ""):
        for kind in KINDS.values():
            assert "{" not in change_of(kind, text).format(line="line 1", by="line 2", paths="/a").replace("{}", "")
