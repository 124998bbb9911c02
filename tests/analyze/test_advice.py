"""What to type depends on what the instruction runs."""

from __future__ import annotations

import pytest

from jettison.analyze.advice import change_of, target_of
from jettison.analyze.kinds import KINDS


@pytest.mark.parametrize(
    ("kind", "instruction", "told"),
    [
        ("deleted", "RUN curl x > y", "merge the rm of {by} into {line}"),
        ("deleted", "COPY --chown=1 . /src", "leave them out of {line}, so that {by} need not remove them"),
        ("deleted", "RUN echo COPY", "merge the rm of {by} into {line}"),
        (
            "unused-packages",
            "RUN apt-get install -y gcc",
            "{line}: apt-get install --no-install-recommends and by name what is needed, or",
        ),
        ("unused-packages", "RUN apt-get install --no-install-recommends gcc", "{line}: install them in a stage"),
        ("unused-packages", "RUN apk add gcc", "{line}: install them in a stage"),
        ("documentation", "RUN apt-get install gcc", "{line}: path-exclude=/usr/share/doc/*"),
        ("manuals", "RUN dnf install -y gcc", "{line}: dnf install --setopt=tsflags=nodocs"),
        ("locales", "RUN apk add gcc", "{line}: leave the packages out"),
        ("locales", "RUN make install", "{line}: remove them in the same RUN"),
        ("logs", "RUN apt-get install gcc", "{line}: rm -rf /var/log/*"),
        ("other-cache", "RUN make", "{line}: RUN --mount=type=cache,target={target} …, or rm -rf {target} in the same"),
        ("other-cache", "COPY . /app", "leave {target} out of {line}: .dockerignore"),
        ("package-tests", "COPY --from=build /venv /venv", "leave {target} out of {line}: .dockerignore, or rm -rf in"),
        ("version-control", "COPY . .", "leave {target} out of {line}: .dockerignore"),
        ("version-control", "RUN git clone x", "{line}: rm -rf .git in the same RUN"),
        ("apt-lists", "RUN apt-get update", "merge {line} with the RUN that installs"),
        ("apt-lists", "RUN apt-get -qq update && apt-get install -y x", "{line}: RUN --mount=type=cache"),
        ("unused-packages", "RUN apt-get purge -y x", "{line}: install them in a stage"),
        ("archive", "COPY x.tar.gz /opt/", "{line}: ADD unpacks them"),
        ("archive", "RUN curl -O x", "{line}: unpack from a pipe"),
    ],
)
def test_what_to_type(kind: str, instruction: str, told: str) -> None:
    """Nobody is told what the line has already, what its tools do not know, or to remove what a COPY brings in a RUN."""
    assert change_of(KINDS[kind], instruction).startswith(told)


@pytest.mark.parametrize(
    ("kind", "path", "target"),
    [
        ("apt-lists", "var/lib/apt/lists/x", "/var/lib/apt,sharing=locked"),
        ("npm-cache", "root/.npm/_cacache/x/y", "/root/.npm"),
        ("npm-cache", "home/node/.npm/_cacache/x/y", "/home/node/.npm"),
        ("other-cache", "app/node_modules/.cache/babel/x", "/app/node_modules/.cache"),
        ("conda-packages", "opt/miniforge3/pkgs/x/y", "/opt/miniforge3/pkgs"),
        ("version-control", "src/a/.git/objects/x", "/src/a/.git"),
        ("package-tests", "venv/lib/python3.11/site-packages/x/tests/y", "/venv/lib/python3.11/site-packages/x/tests"),
    ],
)
def test_a_mount_goes_where_the_files_lie(kind: str, path: str, target: str) -> None:
    """One for the usual folder would save nothing of a cache that lies in another one."""
    assert target_of(KINDS[kind], path) == target


def test_every_change_can_be_filled_in() -> None:
    """With the names of lines and paths."""
    for text in ("COPY a b", "RUN apt-get install", "RUN yum install", "RUN apk add", ""):
        for kind in KINDS.values():
            assert "{" not in change_of(kind, text).format(line="line 1", by="line 2", paths="/a", target="/b").replace(
                "{}", ""
            )
