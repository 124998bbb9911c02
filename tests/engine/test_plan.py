"""Plans of real builds: what they say is what the build then does, and making one does nothing."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from tests.engine.bench import Bench, Files
from tests.registry.support import running_registry

from jettison.engine.changes import Change
from jettison.engine.plan import Kind, Plan, PlannedInput, PlannedStep, Use, Verdict, plan
from jettison.engine.request import BuildRequest
from jettison.errors import BuildError, NotFoundError
from jettison.layer.selection import MissingSourceError
from jettison.model.digest import Digest
from jettison.sandbox.interface import Sandbox
from jettison.solve.events import Event

pytestmark = pytest.mark.root

DOCKERFILE = """\
FROM busybox:test AS builder
ARG GREETING=hello
WORKDIR /src
COPY src ./
RUN cat *.txt > /out
FROM busybox:test AS tests
COPY --from=builder /out /out
FROM tests
FROM scratch AS final
COPY --from=builder /out /out
"""


def no_sandbox() -> Sandbox:
    raise AssertionError("a plan runs nothing")


def no_event(event: Event) -> None:
    raise AssertionError("a plan tells no display")


def make_plan(bench: Bench, dockerfile: str | None = None, files: Files | None = None, **request: object) -> Plan:
    bench.context.mkdir(exist_ok=True)
    bench.write(files or {})
    if dockerfile is not None:
        bench.write({"Dockerfile": dockerfile})
    machine = Bench(root=bench.root, store=bench.store, registry=bench.registry, open_sandbox=no_sandbox)
    return plan(BuildRequest(**({"context": bench.context} | request)), machine.machine(no_event))  # type: ignore[arg-type]


def step_of(found: Plan, part: str) -> PlannedStep:
    (step,) = [step for step in found.steps if part in step.name]
    return step


def verdicts(found: Plan) -> list[str]:
    return [step.verdict.value for step in found.steps]


def test_before_and_after_a_build(bench: Bench) -> None:
    """Nothing is there at first, and everything afterwards; a file that was only touched changes nothing."""
    first = make_plan(bench, DOCKERFILE, {"src/a.txt": "a\n"})
    assert [(step.name, step.verdict.value, step.reason) for step in first.steps] == [
        ("[builder 1/4] FROM docker.io/library/busybox:test", "cached", "all its layers are in the store"),
        ("[builder 2/4] WORKDIR /src", "will-run", "it was never built here"),
        ("[builder 3/4] COPY src ./", "will-run", "the step before it runs first"),
        ("[builder 4/4] RUN cat *.txt > /out", "will-run", "the step before it runs first"),
        (
            "[final 1/1] COPY --from=builder /out /out",
            "may-run",
            "it reads files of a step that runs first: [builder 4/4] RUN cat *.txt > /out",
        ),
    ]
    bench.build(DOCKERFILE)
    (bench.context / "src/a.txt").touch()
    assert set(verdicts(make_plan(bench))) == {"cached"}


def test_a_plan_leaves_the_cache_as_it_was(bench: Bench) -> None:
    """Asked twice, it says the same; what it says is what the build does."""
    assert make_plan(bench, DOCKERFILE, {"src/a.txt": "a\n"}) == make_plan(bench)
    built = bench.build(DOCKERFILE)
    assert set(built.ran) >= {"[builder 3/4] COPY src ./", "[builder 4/4] RUN cat *.txt > /out"}


def test_changed_files_are_named(bench: Bench) -> None:
    """What changed, what is new, what is gone, whose mode is another; the rest of the stage follows."""
    bench.build(DOCKERFILE, {"src/a.txt": "a\n", "src/b.txt": "b\n", "src/c.txt": "c\n", "src/d.txt": "d\n"})
    bench.write({"src/a.txt": "other\n", "src/e.txt": "e\n"})
    (bench.context / "src/b.txt").unlink()
    (bench.context / "src/c.txt").chmod(0o600)
    found = make_plan(bench)
    assert verdicts(found) == ["cached", "cached", "will-run", "will-run", "may-run"]
    copy = step_of(found, "COPY src")
    assert copy.reason == "something it reads changed"
    assert copy.changes == (
        Change(what="file src/a.txt", old=Digest.of(b"a\n"), new=Digest.of(b"other\n")),
        Change(what="mode and owner of src/c.txt", old="0644 0:0", new="0600 0:0"),
        Change(what="file src/e.txt", old=None, new=Digest.of(b"e\n")),
        Change(what="file src/b.txt", old=Digest.of(b"b\n"), new=None),
    )


def test_changed_variables_and_instructions_are_named(bench: Bench) -> None:
    """Old and new of the variable that a RUN sees; the text of the instruction that stood there."""
    dockerfile = "FROM busybox:test\nARG GREETING=hello\nRUN env > /greeting\n"
    bench.build(dockerfile)
    changed = make_plan(bench, build_args=(("GREETING", "good day"),))
    assert step_of(changed, "RUN").changes == (Change(what="variable GREETING", old="hello", new="good day"),)
    other = make_plan(bench, dockerfile.replace("RUN env", "RUN set"))
    assert step_of(other, "RUN").changes == (
        Change(what="instruction", old="RUN env > /greeting", new="RUN set > /greeting"),
    )


def test_the_same_place_of_another_project_is_another_step(new_bench: Callable[[], Bench], tmp_path: Path) -> None:
    """What changed is told of the same folder alone."""
    bench = new_bench()
    bench.build("FROM busybox:test\nRUN echo one > /one\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "Dockerfile").write_text("FROM busybox:test\nRUN echo two > /two\n")
    found = plan(BuildRequest(context=other), bench.machine(no_event))
    assert step_of(found, "RUN").reason == "it was never built here"


def test_no_cache(bench: Bench) -> None:
    """With --no-cache all steps run, whatever is there."""
    bench.build(DOCKERFILE, {"src/a.txt": "a\n"})
    found = make_plan(bench, no_cache=True)
    assert {step.reason for step in found.steps if step.kind is not Kind.IMAGE} == {
        "the cache is not used (--no-cache)"
    }


def test_stages_that_the_target_does_not_need(bench: Bench) -> None:
    """Each says why it is skipped; with another target others are."""
    found = make_plan(bench, DOCKERFILE, {"src/a.txt": "a\n"})
    assert {stage.summary.name or stage.summary.number: stage.skipped for stage in found.stages} == {
        "builder": None,
        "tests": "the target does not need it: only stage 2 would, which is skipped too",
        2: "the target does not need it: nothing is built on it, nothing copies from it",
        "final": None,
    }
    assert [stage.steps for stage in found.stages if stage.skipped] == [(), ()]
    target = make_plan(bench, target="tests")
    assert target.target == 1
    assert [stage.summary.name for stage in target.stages if stage.skipped] == ["", "final"]


def test_inputs_say_what_for(bench: Bench) -> None:
    """The files that a step starts from, copies, mounts; contexts by name."""
    dockerfile = """\
FROM busybox:test AS tools
RUN echo 1 > /tool
FROM busybox:test
COPY --from=tools /tool /
COPY src /src
RUN --mount=from=tools,target=/t cat /t/tool
"""
    found = make_plan(bench, dockerfile, {"src/a.txt": "a\n"})
    tool = step_of(found, "RUN echo").number
    assert step_of(found, "COPY --from").inputs[1:] == (PlannedInput(use=Use.COPY, step=tool),)
    assert step_of(found, "COPY src").inputs[1:] == (PlannedInput(use=Use.COPY, context="context"),)
    assert step_of(found, "RUN --mount").inputs[1:] == (PlannedInput(use=Use.MOUNT, step=tool),)
    assert all(source.step < step.number for step in found.steps for source in step.inputs if source.step is not None)


def test_equal_steps_are_done_once(bench: Bench) -> None:
    """Two stages with the same RUN."""
    dockerfile = """\
FROM busybox:test AS one
RUN echo 1 > /file
FROM busybox:test AS two
RUN echo 1 > /file
FROM scratch
COPY --from=one /file /one
COPY --from=two /file /two
"""
    found = make_plan(bench, dockerfile)
    assert step_of(found, "[two 2/2]").reason == "done once, together with [one 2/2] RUN echo 1 > /file"


def test_a_link_waits_for_nothing(bench: Bench) -> None:
    """The layer of --link is found whatever runs below it; putting it there is no step of its own."""
    text = "FROM busybox:test\nRUN echo {} > /n\nCOPY --link a /a\nRUN cat /a\n"
    bench.build(text.format(1), {"a": "a"})
    found = make_plan(bench, text.format(2))
    assert verdicts(found) == ["cached", "will-run", "cached", "will-run"]
    (image, first, link, last) = found.steps
    assert [source.use for source in link.inputs] == [Use.COPY]
    assert last.inputs == (PlannedInput(use=Use.ROOT, step=first.number), PlannedInput(use=Use.ROOT, step=link.number))
    assert first.inputs == (PlannedInput(use=Use.ROOT, step=image.number),)


def test_what_cannot_work_is_an_error(bench: Bench) -> None:
    """As in the build, with the place in the Dockerfile."""
    with pytest.raises(MissingSourceError) as caught:
        make_plan(bench, "FROM scratch\nCOPY sorce /\n", {"source": ""})
    assert caught.value.place is not None
    assert "Dockerfile:2:1" in caught.value.place
    assert "'source'" in (caught.value.hint or "")
    with pytest.raises(NotFoundError):
        make_plan(bench, target="nosuch")
    assert issubclass(MissingSourceError, BuildError)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_urls_are_not_asked_for(bench: Bench, tmp_path: Path) -> None:
    """A file that was never fetched will be; one that was may have changed, unless its checksum is known."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "file").write_text("content\n")
    with serving(folder) as url:
        plain = f"FROM scratch\nADD {url}/file /file\n"
        assert step_of(make_plan(bench, plain), "fetch").verdict is Verdict.WILL_RUN
        bench.build(plain)
    found = make_plan(bench)
    assert verdicts(found) == ["may-run", "may-run"]
    assert step_of(found, "fetch").reason == f"the server is asked whether {url}/file changed"
    checksum = Digest.of(b"content\n")
    checked = make_plan(bench, f"FROM scratch\nADD --checksum={checksum} {url}/file /file\n")
    assert step_of(checked, "fetch").verdict is Verdict.CACHED


@pytest.fixture
def remote_base(tmp_path: Path, base_archive: Path) -> Iterator[str]:
    """The base image in a registry; its name there."""
    if shutil.which("skopeo") is None or shutil.which("docker-registry") is None:
        pytest.skip("skopeo or docker-registry is not installed")
    with running_registry(tmp_path / "registry") as registry:
        name = f"{registry.host}/base:1"
        copy = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"docker-archive:{base_archive}"]
        subprocess.run([*copy, f"docker://{name}"], check=True)
        yield name


def test_no_layer_is_downloaded(new_bench: Callable[[], Bench], remote_base: str) -> None:
    """Manifest and config alone; where only the files could tell, the plan says so."""
    bench = new_bench()
    bench.store.remove_image("busybox:test")
    bench.store.prune(all=True)
    dockerfile = f"FROM {remote_base}\nCOPY a.txt /\nRUN true\n"
    found = make_plan(bench, dockerfile, {"a.txt": "a\n"})
    missing = "1 layer not in the store: downloaded when a step needs the files"
    assert {step.reason for step in found.steps if step.kind is Kind.IMAGE} == {missing}
    only_copy = make_plan(bench, f"FROM scratch\nCOPY --from={remote_base} /etc/motd /motd\n")
    assert step_of(only_copy, "COPY").verdict is Verdict.MAY_RUN
    assert step_of(only_copy, "COPY").reason == "1 layer of what it copies from would have to be downloaded to tell"
    image = next(iter(bench.store.images.list()))
    assert not any(bench.store.layers.has(layer) for layer in image.diff_ids)


def test_a_cached_copy_downloads_no_base(new_bench: Callable[[], Bench], remote_base: str) -> None:
    """A copy from the context is found by what it reads, and of its base that is the identity alone."""
    bench = new_bench()
    bench.store.remove_image("busybox:test")
    dockerfile = f"FROM {remote_base}\nCOPY a.txt /\n"
    bench.build(dockerfile, {"a.txt": "a\n"})
    for image in bench.store.images.list():
        bench.store.remove_image(image.image_id, force=True)
    bench.store.prune(all=True, cache=False)
    assert step_of(make_plan(bench), "COPY").verdict is Verdict.CACHED
    again = bench.build(dockerfile)
    assert again.step("COPY").cached
    assert [bench.store.layers.has(layer) for layer in again.config.diff_ids] == [False, True]
