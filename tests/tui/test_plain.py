"""Plain progress."""

from tests.tui.script import START, begin, end, finish, output, progress, start

from jettison.model.digest import Digest
from jettison.solve.events import BuildFinished, Event, Notice, VertexAdded, VertexInfo
from jettison.tui.plain import FLOOR_SECONDS, PlainDisplay


def show(*events: Event) -> str:
    written: list[str] = []
    display = PlainDisplay(written.append)
    for event in events:
        display.feed(event)
    display.close(START + 100)
    return "".join(written)


def test_a_build_looks_as_with_buildkit() -> None:
    """Headers, output with seconds, DONE and CACHED, a blank line between the steps."""
    text = show(
        begin("[1/3] FROM alpine", "[2/3] WORKDIR /a", "[3/3] RUN make", isolation="namespaces"),
        start(1),
        finish(1, 0.25),
        finish(2, 0.25, cached=True),
        start(3, 0.25),
        output(3, b"cc a.c\ncc b.c\n", 0.373),
        output(3, b"warning\n", 12.5, stream=2),
        finish(3, 13.75),
        end(13.75),
    )
    assert text == (
        "#0 isolation: namespaces\n"
        "\n#1 [1/3] FROM alpine\n#1 DONE 0.2s\n"
        "\n#2 [2/3] WORKDIR /a\n#2 CACHED\n"
        "\n#3 [3/3] RUN make\n#3 0.123 cc a.c\n#3 0.123 cc b.c\n#3 12.25 warning\n#3 DONE 13.5s\n"
    )


def test_a_failure_ends_its_step() -> None:
    """The unfinished last line is shown, then the error in the place of DONE."""
    text = show(
        begin("[1/1] RUN false"),
        start(1),
        output(1, b"trying\nno luck", 0.5),
        finish(1, 1.0, error="process did not complete: exit code: 1"),
        end(1.0, error="failed"),
    )
    assert text == (
        "#1 [1/1] RUN false\n#1 0.500 trying\n#1 1.000 no luck\n#1 ERROR: process did not complete: exit code: 1\n"
    )


def test_parallel_steps_take_turns() -> None:
    """The one that speaks keeps the floor for a while; then the other says all it had to say."""
    text = show(
        begin("[a 1/1] RUN a", "[b 1/1] RUN b"),
        start(1),
        start(2),
        output(1, b"a1\n", 1.0),
        output(2, b"b1\n", 1.1),
        output(1, b"a2\n", 1.2),
        output(2, b"b2\n", FLOOR_SECONDS),
        finish(2, 5.0),
        output(1, b"a3\n", 5.1),
        finish(1, 6.0),
    )
    assert text == (
        "#1 [a 1/1] RUN a\n#1 1.000 a1\n#1 1.200 a2\n#1 ...\n"
        "\n#2 [b 1/1] RUN b\n#2 1.100 b1\n#2 3.000 b2\n#2 DONE 5.0s\n"
        "\n#1 [a 1/1] RUN a\n#1 5.100 a3\n#1 DONE 6.0s\n"
    )


def test_downloads_are_said_now_and_then() -> None:
    """At the start, every few seconds, and when they are done."""
    text = show(
        begin("[1/1] FROM alpine"),
        start(1),
        progress(1, "sha256:1a2b3c4d5e6f", 0, 3_400_000),
        progress(1, "sha256:1a2b3c4d5e6f", 100, 3_400_000, 1.0),
        progress(1, "sha256:1a2b3c4d5e6f", 1_700_000, 3_400_000, 6.0),
        progress(1, "sha256:1a2b3c4d5e6f", 3_400_000, 3_400_000, 7.0),
        progress(1, "extracting", 0, None, 7.0),
        finish(1, 8.0),
    )
    assert text == (
        "#1 [1/1] FROM alpine\n"
        "#1 sha256:1a2b3c4d5e6f 0B / 3.4MB\n"
        "#1 sha256:1a2b3c4d5e6f 1.7MB / 3.4MB 6.0s\n"
        "#1 sha256:1a2b3c4d5e6f 3.4MB / 3.4MB 7.0s done\n"
        "#1 extracting\n"
        "#1 extracting 1.0s done\n"
        "#1 DONE 8.0s\n"
    )


def test_hostile_output_and_names_are_harmless() -> None:
    """No escape sequence of a program or of a Dockerfile gets through."""
    text = show(begin("[1/1] RUN \x1b]0;x\x07a\nb"), start(1), output(1, b"\x1b[2Jx\xff\n"), finish(1))
    assert text == "#1 [1/1] RUN a b\n#1 0.000 x�\n#1 DONE 0.0s\n"


def test_remarks_late_vertices_and_cancelled_steps() -> None:
    """A notice has its place, an added vertex its name, a cancelled step no error."""
    text = show(
        begin("[1/1] RUN sleep"),
        start(1),
        Notice(message="no USER", location="Dockerfile:3:1", time=START),
        VertexAdded(vertex=VertexInfo(number=2, name="exporting to image", internal=True), time=START),
        start(2, 1.0),
        finish(2, 1.5),
        finish(1, 2.0, cancelled=True, error="cancelled"),
    )
    assert text == (
        "#1 [1/1] RUN sleep\n#1 ...\n\nnote: no USER (Dockerfile:3:1)\n"
        "\n#2 exporting to image\n#2 DONE 0.5s\n\n#1 [1/1] RUN sleep\n#1 CANCELED\n"
    )


def test_the_last_line_says_what_was_built() -> None:
    """The short id and the names, after a blank line; a build of nothing but cached steps has it too."""
    done = BuildFinished(time=START + 1, image_id=Digest("sha256:" + "ab" * 32), names=("app:latest", "app:1"))
    text = show(begin("[1/1] COPY a /"), finish(1, cached=True), done)
    assert text == "#1 [1/1] COPY a /\n#1 CACHED\n\nbuilt abababababab app:latest app:1\n"


def test_the_last_line_names_all_that_was_built() -> None:
    """Where there is more than one image, their names."""
    text = show(begin("[1/1] COPY a /"), finish(1, cached=True), BuildFinished(time=START, names=("a:1", "b:1")))
    assert text.endswith("\n\nbuilt a:1 b:1\n")
