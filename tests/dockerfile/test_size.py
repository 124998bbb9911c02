"""The work that a Dockerfile takes grows with its size: counted in calls, so that no clock decides."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from jettison.dockerfile.expand import ShellLexer
from jettison.dockerfile.ignore import parse_ignore
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions

BLOCK = """\
# a comment
FROM busybox:test AS stage
RUN --mount=type=cache,target=/c apt-get update \\
    # inside
    && apt-get install -y one two three
COPY --chown=1:2 a b "c d" /destination/
ENV A=1 B="two words" C=$A
LABEL x=y
COPY <<E /file
some text
E
"""


def calls(work: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    ("work", "piece"),
    [
        (parse_dockerfile, BLOCK),
        (lambda text: check_instructions(parse_dockerfile(text)), BLOCK),
        (parse_dockerfile, "RUN x \\\n"),
        (parse_dockerfile, "COPY <<E /f\n"),
        (parse_dockerfile, "# comment\n"),
        (lambda text: check_instructions(parse_dockerfile(f"FROM a\nENV {text}")), "a=b "),
        (lambda text: ShellLexer().expand(text, {"a": "b"}), "${a:-x}$a'q'"),
        (lambda text: parse_ignore(text).excludes("a/b/c"), "a/**/b*\n!c\n"),
    ],
)
def test_ten_times_the_text_is_ten_times_the_work(work: Callable[[str], object], piece: str) -> None:
    """And not a hundred times; a character is looked at a few times."""
    small, large = piece * 40, piece * 400
    work(small)  # so that what is compiled once does not count
    few, many = calls(lambda: work(small)), calls(lambda: work(large))
    assert many <= 11 * few + 100
    assert many <= 20 * len(large)
