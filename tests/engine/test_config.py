"""The image's config and history, letter for letter as BuildKit writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.bench import Bench

from jettison.errors import JettisonError

pytestmark = pytest.mark.root


def test_everything_in_the_config(bench: Bench) -> None:
    """Each metadata instruction, and what the history says of it."""
    built = bench.build(
        """\
FROM busybox:test
MAINTAINER Some One <one@example.org>
ARG V=1
ENV A=b C="d e"
LABEL team=red "long name"="x y"
EXPOSE 80 443/tcp 5000-5001/udp
VOLUME /data
VOLUME ["/more"]
USER sailor
WORKDIR /srv
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --retries=2 CMD wget -q localhost
SHELL ["/bin/sh", "-e", "-c"]
ENTRYPOINT ["/bin/app"]
CMD run $A
RUN echo $V
COPY f /tmp/
""",
        {"f": "f"},
        labels=(("from", "outside"),),
    )
    run = built.config.run
    assert built.config.author == "Some One <one@example.org>"
    assert run.env == (("PATH", "/usr/bin:/bin"), ("A", "b"), ("C", "d e"))
    assert dict(run.labels) == {"team": "red", "long name": "x y", "from": "outside"}
    assert run.exposed_ports == ("443/tcp", "5000/udp", "5001/udp", "80/tcp")
    assert run.volumes == ("/data", "/more")
    assert (run.user, run.working_dir, run.stop_signal) == ("sailor", "/srv", "SIGTERM")
    assert run.healthcheck is not None
    assert run.healthcheck.test == ("CMD-SHELL", "wget -q localhost")
    assert (run.healthcheck.interval_ns, run.healthcheck.retries) == (5 * 10**9, 2)
    assert run.shell == ("/bin/sh", "-e", "-c")
    assert run.entrypoint == ("/bin/app",)
    assert run.cmd == ("/bin/sh", "-e", "-c", "run $A")
    assert built.history[1:] == [
        "MAINTAINER Some One <one@example.org>",
        "ARG V=1",
        "ENV A=b C=d e",
        "LABEL team=red long name=x y",
        "EXPOSE [443/tcp 5000/udp 5001/udp 80/tcp]",
        "VOLUME [/data]",
        "VOLUME [/more]",
        "USER sailor",
        "WORKDIR /srv",
        "STOPSIGNAL SIGTERM",
        "HEALTHCHECK {Test:[CMD-SHELL wget -q localhost] Interval:5s Timeout:3s StartPeriod:0s StartInterval:0s Retries:2}",
        "SHELL [/bin/sh -e -c]",
        'ENTRYPOINT ["/bin/app"]',
        'CMD ["/bin/sh" "-e" "-c" "run $A"]',
        "RUN |1 V=1 /bin/sh -e -c echo $V # buildkit",
        "COPY f /tmp/ # buildkit",
    ]
    entries = built.config.history[1:]
    assert all(entry.comment == "buildkit.dockerfile.v0" for entry in entries)
    assert sum(not entry.empty_layer for entry in built.config.history) == len(built.config.diff_ids) == 4
    assert built.config.created == entries[-1].created


@pytest.mark.parametrize(
    ("text", "entrypoint", "cmd"),
    [
        ("", None, ("sh",)),
        ('ENTRYPOINT ["a"]', ("a",), None),
        ('CMD ["c"]\nENTRYPOINT ["a"]', ("a",), ("c",)),
        ('ENTRYPOINT ["a"]\nCMD ["c"]', ("a",), ("c",)),
        ("ENTRYPOINT a b", ("/bin/sh", "-c", "a b"), None),
        ('ENTRYPOINT ["a"]\nENTRYPOINT []', None, None),
    ],
)
def test_entrypoint_and_cmd(
    bench: Bench, text: str, entrypoint: tuple[str, ...] | None, cmd: tuple[str, ...] | None
) -> None:
    """An ENTRYPOINT takes an inherited CMD away, but not one of its own stage."""
    run = bench.build(f"FROM busybox:test\n{text}\n").config.run
    assert (run.entrypoint or None, run.cmd) == (entrypoint, cmd)


def test_triggers_of_a_base_image(bench: Bench, onbuild_archive: Path) -> None:
    """They run before the first instruction, and are not inherited."""
    bench.load(onbuild_archive)
    built = bench.build("FROM onbuild:test AS a\nRUN test -e /triggered/app.txt\nFROM a\nRUN true\n", {"app.txt": "x"})
    assert built.config.run.on_build == ()
    assert built.text("triggered/run") == "triggered\n"
    assert built.config.run.environment()["TRIGGERED"] == "yes"
    assert any("ONBUILD COPY app.txt" in name for name in built.steps)


def test_triggers_of_a_stage(bench: Bench) -> None:
    """ONBUILD of one stage runs in the stage that is built on it, and only there."""
    dockerfile = "FROM busybox:test AS base\nONBUILD RUN echo $N > /n\nFROM base AS one\nENV N=1\nFROM one\nRUN true\n"
    built = bench.build(dockerfile)
    assert built.text("n") == "\n"
    base = bench.build(dockerfile, target="base")
    assert base.config.run.on_build == ("RUN echo $N > /n",)
    assert not base.has("n")


def test_from_scratch(bench: Bench) -> None:
    """A PATH, and nothing else."""
    built = bench.build("FROM scratch\nCOPY f /\n", {"f": "f"})
    assert built.config.run.environment() == {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    assert built.history == ["COPY f / # buildkit"]


def test_source_date_epoch(bench: Bench) -> None:
    """One time for config and history, by the environment's setting and as a build argument."""
    for request in ({"source_date_epoch": 1_000_000_000}, {"build_args": (("SOURCE_DATE_EPOCH", "1000000000"),)}):
        built = bench.build("FROM scratch\nCOPY f /\nLABEL a=b\n", {"f": "f"}, **request)
        assert built.config.created == "2001-09-09T01:46:40Z"
        assert {entry.created for entry in built.config.history} == {"2001-09-09T01:46:40Z"}


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("RNU true", "RUN"),
        ("COPY --chwon=1 a /", "chown"),
        ("RUN --mount=typ=cache,target=/x true", "type"),
        ("EXPOSE 99999", ""),
        ("STOPSIGNAL SIGFOO", ""),
        ("HEALTHCHECK --interval=abc CMD x", ""),
        ("ONBUILD FROM x", ""),
    ],
)
def test_what_means_nothing(bench: Bench, line: str, hint: str) -> None:
    """Each is an error at its place, and tells the nearest thing that does mean something."""
    with pytest.raises(JettisonError, match=r"Dockerfile:2:\d+") as caught:
        bench.build(f"FROM scratch\n{line}\n", {"a": "a", "b": "b"})
    assert hint in f"{caught.value.message} {caught.value.hint}"
