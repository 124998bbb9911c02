"""The work that a Dockerfile takes grows with its size: counted in calls, so that no clock decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.counting import calls

from jettison.dockerfile.convert import ConvertOptions, convert
from jettison.dockerfile.expand import ShellLexer
from jettison.dockerfile.ignore import IgnorePatterns, parse_ignore
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions, read_instructions
from jettison.dockerfile.stage_state import StageState
from jettison.model.platform import Platform
from jettison.text.diagnostics import SourceError

PLATFORM = Platform.parse("linux/amd64")

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


@pytest.mark.parametrize(
    "piece",
    [
        "LABEL a{n}={n}\n",
        "ENV a{n}={n}\n",
        "ARG a{n}\n",
        "EXPOSE {n}\n",
        "VOLUME /{n}\n",
        "ONBUILD ENV a{n}=1\n",
        "COPY a /{n}\n",
        "FROM scratch AS s{n}\n",
    ],
)
def test_instructions_add_to_one_draft(piece: str) -> None:
    """An instruction touches what it adds, not what all before it added: no collection is copied for each."""

    def conversion(count: int) -> int:
        text = "FROM scratch\n" + "".join(piece.format(n=number) for number in range(count))
        program = read_instructions(parse_dockerfile(text))
        options = ConvertOptions(build_platform=PLATFORM, target_platform=PLATFORM)
        return calls(lambda: convert(program, options, {}))

    conversion(10)
    few, many = conversion(40), conversion(400)
    assert many <= 11 * few + 100


def test_a_stage_on_a_stage_takes_over_its_history_as_it_is() -> None:
    """No step is told of again, and no name of a variable is copied, for each of the stages in a row."""
    below = StageState.scratch(PLATFORM, label="", total=0)
    below.run.labels["a"] = "1"
    above = below.continued(label="", total=0).continued(label="", total=0)
    assert above.steps.below is not None
    assert above.steps.below.below is below.steps
    assert above.run.labels._levels[0] is below.run.labels._levels[0]


def test_triggers_do_not_multiply_without_end() -> None:
    """Each stage on a base carries its triggers out: so many on so many are an error, not a day's work."""
    text = "FROM scratch AS base\n" + "ONBUILD USER a\n" * 400 + "FROM base\n" * 400
    options = ConvertOptions(build_platform=PLATFORM, target_platform=PLATFORM)
    stages = "".join(f"COPY --from={number} / /\n" for number in range(1, 400))
    program = read_instructions(parse_dockerfile(f"{text}FROM scratch\n{stages}"))
    with pytest.raises(SourceError, match="more than 100000 triggers of ONBUILD"):
        convert(program, options, {})


@pytest.mark.parametrize("pattern", ["*.x{n}", "**/*.x{n}", "**/file{n}*", "d*/file{n}", "[a-z]{n}*", "**/a/**/{n}?"])
def test_more_patterns_are_not_more_to_look_at(pattern: str) -> None:
    """Of thousands of patterns those are looked at that match a path so far, also where each begins with a wildcard."""

    def places(count: int) -> int:
        patterns = [("!" if number % 3 == 0 else "") + pattern.format(n=number) for number in range(count)]
        ignore = IgnorePatterns(patterns)
        for number in range(0, 100, 7):
            ignore.excludes(f"d{number}/a/b{number}/file{number}.x{number}")
        return max(len(state.places) for state in ignore._automaton._states.values())

    assert places(4000) <= places(100) + 2


def test_a_verdict_is_as_long_as_what_matched() -> None:
    """Not as long as the file of patterns; and what files have in common is worked out once."""
    ignore = IgnorePatterns([f"{'!' if number % 2 else ''}d{number % 50}*" for number in range(2000)])
    for number in range(1000):
        ignore.excludes(f"d7{number}/file")
    assert len(ignore._matched) <= 2
    assert len(ignore.below(ignore.root, "e").matched.runs) == 0


@pytest.mark.parametrize("piece", ["ENV a{n}={n}\nRUN true\n", "ARG a{n}={n}\nRUN true\n"])
def test_commands_do_not_get_variables_without_end(piece: str) -> None:
    """Each command has all variables so far: what would grow with the square of the text is an error in the end."""
    text = "FROM scratch\n" + "".join(piece.format(n=number) for number in range(3000))
    program = read_instructions(parse_dockerfile(text))
    options = ConvertOptions(build_platform=PLATFORM, target_platform=PLATFORM)
    with pytest.raises(SourceError, match="variables of all commands up to here take more than 256 MiB"):
        convert(program, options, {})
