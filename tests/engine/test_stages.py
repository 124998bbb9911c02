"""Stages: how they are named, which of them run, what runs at once and what runs only once."""

from __future__ import annotations

import pytest
from tests.engine.bench import Bench

from jettison.errors import NotFoundError
from jettison.text.diagnostics import SourceError

pytestmark = pytest.mark.root


def test_names_of_stages(bench: Bench) -> None:
    """COPY --from means a stage by its name in any case, or by its number; FROM by its name in lower case."""
    built = bench.build(
        """\
FROM busybox:test AS Builder
RUN echo one > /one
FROM scratch AS second
COPY --from=BUILDER /one /two
FROM second
COPY --from=0 /one /by-number
COPY --from=builder /one /by-name
COPY --from=busybox:test /etc/motd /from-image
"""
    )
    assert sorted(built.tree.entries) == ["by-name", "by-number", "from-image", "two"]
    assert built.text("by-number") == built.text("by-name") == built.text("two") == "one\n"
    assert built.text("from-image") == "be well\n"


def test_only_what_the_target_needs_runs(bench: Bench) -> None:
    """--target by name; stages that it does not need do not even have their images looked for."""
    dockerfile = """\
FROM nowhere.invalid/not/there AS unneeded
RUN exit 1
FROM busybox:test AS wanted
RUN echo wanted > /file
FROM busybox:test AS last
COPY --from=unneeded / /
"""
    for target in ("wanted", "WANTED"):
        built = bench.build(dockerfile, target=target)
        assert built.text("file") == "wanted\n"
        assert not any("exit 1" in name for name in built.steps)
    with pytest.raises(NotFoundError, match="target stage") as caught:
        bench.build(dockerfile, target="wnated")
    assert "wanted" in str(caught.value.hint)


def test_independent_stages_run_at_once(bench: Bench) -> None:
    """Three stages that sleep: each begins before any of them ends."""
    built = bench.build(
        "".join(f"FROM busybox:test AS s{n}\nRUN sleep 2; echo {n} > /out\n" for n in range(3))
        + "FROM scratch\n"
        + "".join(f"COPY --from=s{n} /out /{n}\n" for n in range(3))
    )
    steps = [step for name, step in built.steps.items() if "RUN sleep 2" in name]
    starts = [step.started for step in steps if step.started is not None]
    ends = [step.finished for step in steps if step.finished is not None]
    assert len(starts) == len(ends) == 3
    assert max(starts) < min(ends)
    assert [built.text(str(n)) for n in range(3)] == ["0\n", "1\n", "2\n"]


def test_equal_steps_run_once(bench: Bench) -> None:
    """Two stages with the same command on the same base: one of them is shared."""
    built = bench.build(
        """\
FROM busybox:test AS a
RUN sleep 0.5; cat /proc/sys/kernel/random/uuid > /id
FROM busybox:test AS b
RUN sleep 0.5; cat /proc/sys/kernel/random/uuid > /id
FROM scratch
COPY --from=a /id /a
COPY --from=b /id /b
"""
    )
    assert built.read("a") == built.read("b")
    assert sum("RUN sleep" in name for name in built.ran) == 1


def test_a_stage_after_the_current_one(bench: Bench) -> None:
    """COPY from a stage that comes later says so, at its place."""
    with pytest.raises(SourceError, match="needs to be defined before current stage") as caught:
        bench.build(
            "FROM busybox:test AS first\nCOPY --from=later /a /a\nFROM busybox:test AS later\nRUN true\n",
            target="first",
        )
    assert ":2:" in str(caught.value)


def test_a_cycle(bench: Bench) -> None:
    """Stages that need each other are refused with the whole circle."""
    with pytest.raises(SourceError, match="circular dependency") as caught:
        bench.build("FROM busybox:test AS a\nCOPY --from=b / /\nFROM busybox:test AS b\nCOPY --from=a / /\n")
    assert "a -> b -> a" in str(caught.value)


def test_an_image_without_layers(bench: Bench) -> None:
    """FROM scratch with nothing but metadata is an image; building it again gives the same one."""
    first = bench.build("FROM scratch\nLABEL a=b\n")
    assert first.config.diff_ids == ()
    assert dict(first.config.run.labels) == {"a": "b"}
    assert bench.build("FROM scratch\nLABEL a=b\n").result.image_id == first.result.image_id
