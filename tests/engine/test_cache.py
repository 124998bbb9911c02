"""The build cache: what is found again, what is not, and that a wrong thing never is."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest
from tests.engine.archives import make_tar
from tests.engine.bench import Bench

from jettison.engine.command import CommandFailedError
from jettison.errors import JettisonError
from jettison.model.run_settings import RunSettings

pytestmark = pytest.mark.root

DOCKERFILE = """\
FROM busybox:test AS builder
WORKDIR /src
COPY src ./
RUN cat *.txt > /out
FROM scratch
COPY --from=builder /out /out
LABEL done=yes
"""


def test_a_second_build_runs_nothing(bench: Bench) -> None:
    """Everything is CACHED, and the image is the very same."""
    first = bench.build(DOCKERFILE, {"src/a.txt": "a\n"})
    second = bench.build(DOCKERFILE)
    assert first.ran
    assert second.ran == []
    assert all(step.cached for step in second.steps.values())
    assert second.result.image_id == first.result.image_id
    assert first.result.cached_steps < second.result.cached_steps == second.result.steps


def test_touching_changes_nothing(bench: Bench) -> None:
    """Times and inodes of the context do not count; neither does an edit that was taken back."""
    first = bench.build(DOCKERFILE, {"src/a.txt": "a\n"})
    path = bench.context / "src/a.txt"
    os.utime(path, (1, 1))
    assert bench.build(DOCKERFILE).ran == []
    path.write_text("b\n")
    bench.build(DOCKERFILE)
    path.unlink()
    path.write_text("a\n")
    again = bench.build(DOCKERFILE)
    assert again.ran == []
    assert again.result.image_id == first.result.image_id


def test_a_change_runs_what_follows_it(bench: Bench) -> None:
    """Content, mode, a new name and a removed one are changes; a file that nobody copies is none."""
    bench.build(DOCKERFILE, {"src/a.txt": "a\n", "other": "1"})
    bench.write({"other": "2"})
    assert bench.build(DOCKERFILE).ran == []
    bench.write({"src/a.txt": "changed\n"})
    assert len(bench.build(DOCKERFILE).ran) == 3
    (bench.context / "src/a.txt").chmod(0o600)
    assert len(bench.build(DOCKERFILE).ran) == 2  # the bytes of /out are the same
    bench.write({"src/b.txt": "b\n"})
    assert len(bench.build(DOCKERFILE).ran) == 3
    (bench.context / "src/b.txt").unlink()
    assert bench.build(DOCKERFILE).ran == []


def test_a_builder_that_yields_the_same_bytes(bench: Bench) -> None:
    """The final stage does not run again where the builder was rebuilt to the same files."""
    bench.build(DOCKERFILE, {"src/a.txt": "a\n", "src/b.txt": "b\n"})
    (bench.context / "src/b.txt").unlink()
    built = bench.build(DOCKERFILE, {"src/a.txt": "a\nb\n"})
    assert any("RUN cat" in name for name in built.ran)
    assert built.step("COPY --from=builder").cached


def test_a_hard_link_is_read_where_it_leads(bench: Bench) -> None:
    """A copied name whose other name is not copied: the content counts all the same."""
    bench.context.mkdir()
    dockerfile = "FROM scratch\nCOPY second /\n"
    for text in ("one", "two"):
        (bench.context / "first").unlink(missing_ok=True)
        (bench.context / "second").unlink(missing_ok=True)
        bench.write({"first": text})
        os.link(bench.context / "first", bench.context / "second")
        assert bench.build(dockerfile).text("second") == text


def test_a_hard_link_of_a_stage(bench: Bench) -> None:
    """The same with files of a stage, whose layers differ."""
    for text in ("one", "two"):
        built = bench.build(
            f"FROM busybox:test AS b\nRUN echo {text} > /a && mkdir /d && ln /a /d/z\nFROM scratch\nCOPY --from=b /d /d\n"
        )
        assert built.text("d/z") == f"{text}\n"


def test_mounted_files_count(bench: Bench) -> None:
    """RUN runs again when a file mounted from the context changes, and not when another does."""
    dockerfile = "FROM busybox:test\nRUN --mount=type=bind,source=in,target=/in cat /in/f > /out\n"
    assert bench.build(dockerfile, {"in/f": "1", "else": "1"}).text("out") == "1"
    assert bench.build(dockerfile, {"else": "2"}).ran == []
    assert bench.build(dockerfile, {"in/f": "2"}).text("out") == "2"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("RUN env > /out", "ENV A=1\nRUN env > /out"),
        ("RUN env > /out", "USER sailor\nRUN env > /tmp/out"),
        ("RUN pwd > /out", "WORKDIR /tmp\nRUN pwd > /out"),
        ("RUN --network=none true", "RUN true"),
        ("RUN --mount=type=tmpfs,target=/t true", "RUN true"),
        ("RUN --mount=type=cache,target=/t true", "RUN --mount=type=cache,target=/t,id=other true"),
        ("RUN --mount=type=bind,target=/t true", "RUN --mount=type=bind,target=/t,rw true"),
        ('RUN ["true"]', "RUN true"),
        ('SHELL ["/bin/sh", "-e", "-c"]\nRUN true', "RUN true"),
        ("ARG A=1\nRUN true", "ARG A=2\nRUN true"),
        ("COPY f /a", "COPY --chmod=600 f /a"),
        ("COPY f /a", "COPY --chown=1 f /a"),
        ("COPY f /a", "COPY f /b"),
        ("COPY a.tar /", "ADD a.tar /"),
    ],
)
def test_what_a_step_is_counts(bench: Bench, first: str, second: str) -> None:
    """Two steps that are not the same are never taken for each other."""
    bench.write({"f": "x", "a.tar": make_tar({"inside": b"x"})})
    bench.build(f"FROM busybox:test\n{first}\n")
    built = bench.build(f"FROM busybox:test\n{second}\n")
    assert any(second.rpartition("\n")[2].split()[0] in name for name in built.ran)


def test_hosts_and_network_of_the_build_count(bench: Bench) -> None:
    """--add-host and --network reach every RUN, and its key."""
    dockerfile = "FROM busybox:test\nRUN cat /etc/hosts > /out\n"
    bench.build(dockerfile)
    built = bench.build(dockerfile, run=RunSettings(extra_hosts=(("far", "10.9.8.7"),)))
    assert "10.9.8.7" in built.text("out")
    assert bench.build(dockerfile, run=RunSettings(network="none")).ran


def test_no_cache(bench: Bench) -> None:
    """--no-cache runs every step anew; what it yields is found by the next build."""
    dockerfile = "FROM busybox:test\nRUN cat /proc/sys/kernel/random/uuid > /id\n"
    first = bench.build(dockerfile)
    second = bench.build(dockerfile, no_cache=True)
    third = bench.build(dockerfile)
    assert second.ran
    assert third.ran == []
    assert first.read("id") != second.read("id") == third.read("id")


def test_a_failed_step_is_not_cached(bench: Bench) -> None:
    """It runs again, and what it left behind is gone."""
    dockerfile = "FROM busybox:test\nRUN --mount=type=cache,target=/c test -e /c/ok && test ! -e /left || { touch /left /c/ok; exit 3; }\n"
    with pytest.raises(CommandFailedError, match="exit code: 3"):
        bench.build(dockerfile)
    built = bench.build(dockerfile)
    assert built.ran
    assert not built.has("left")


def test_the_same_bytes_on_another_machine(new_bench: Callable[[], Bench]) -> None:
    """Layers of COPY, ADD and WORKDIR come out equal on a store that knows nothing."""
    dockerfile = "FROM busybox:test\nWORKDIR /app/deep\nCOPY --chown=sailor d /d/\nADD a.tar f /unpacked/\nCOPY <<EOF /t\nx\nEOF\n"
    files: dict[str, str | bytes] = {"d/x": "x", "d/y/z": "z", "f": "f", "a.tar": make_tar({"inside": b"x"})}
    layers = []
    for _ in range(2):
        bench = new_bench()
        bench.write(files)
        for path in bench.context.rglob("*"):
            os.utime(path, (1_600_000_000, 1_600_000_000))
        layers.append(bench.build(dockerfile).config.diff_ids)
    assert layers[0] == layers[1]


def test_two_builds_at_once(bench: Bench) -> None:
    """Whoever comes second waits for the step and takes its result."""
    bench.context.mkdir()
    dockerfile = "FROM busybox:test\nRUN sleep 1; cat /proc/sys/kernel/random/uuid > /id\n"
    (bench.context / "Dockerfile").write_text(dockerfile)
    images = []
    threads = [threading.Thread(target=lambda: images.append(bench.build(None).read("id"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(images) == 3
    assert len(set(images)) == 1


def test_components_tell_why(bench: Bench) -> None:
    """What a key was made of is kept beside the result."""
    bench.build("FROM busybox:test\nARG A=1\nRUN echo $A\n")
    record = bench.store.cache.latest(f"{bench.context}\0\0{bench.context / 'Dockerfile'}:3:1")
    assert record is not None
    components = bench.store.cache.components(record.key)
    assert components is not None
    assert components["variable A"] == "1"
    assert components["argument 2"] == "echo $A"


def test_what_a_mount_shows_counts_and_nothing_else(bench: Bench) -> None:
    """A stage that changes beside what is mounted of it runs nothing again; what is behind a link counts too."""
    dockerfile = """\
FROM busybox:test AS files
ARG SHOWN=1
ARG HIDDEN=1
RUN mkdir /d && echo $SHOWN > /d/f && echo $HIDDEN > /hidden && ln -s d /link
FROM busybox:test
RUN --mount=from=files,source=/link,target=/m cat /m/f > /seen
RUN --mount=from=files,source=/d,target=/m,rw rm /m/f && touch /did
"""
    bench.build(dockerfile)
    assert bench.build(None).ran == []
    hidden = bench.build(None, build_args=(("HIDDEN", "2"),))
    assert [name.partition("]")[0] for name in hidden.ran] == ["[files 2/2"]
    shown = bench.build(None, build_args=(("SHOWN", "2"),))
    assert len(shown.ran) == 3
    assert shown.text("seen") == "2\n"


def test_a_mount_of_what_a_stage_lacks(bench: Bench) -> None:
    """Is told by its name and place before anything is mounted."""
    with pytest.raises(JettisonError, match="nope") as caught:
        bench.build(
            "FROM busybox:test AS a\nRUN true\nFROM busybox:test\nRUN --mount=from=a,source=/nope,target=/m true\n"
        )
    assert "Dockerfile:4:1" in str(caught.value.place)
