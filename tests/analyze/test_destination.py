"""Which base image the advice ends with, and what the image then weighs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.analyze.support import file, folder, holding, known, program, symlink, weight_of

from jettison.analyze.base import Base
from jettison.analyze.known_base import KnownBase
from jettison.analyze.weight import Weight
from jettison.frozen import replace
from jettison.model.config import Healthcheck, RunConfig
from jettison.model.digest import Digest
from jettison.model.entry import Entry
from jettison.packages.elf_links import read_links

BASE = Base(layers=1, history=1, name="full:1")
TOOLS = file("usr/local/go/bin/go", 50_000_000)
PYTHON = [
    program("usr/bin/python3.11", 6000),
    folder("usr/lib/python3.11"),
    file("usr/lib/python3.11/os.py", 900),
    file("usr/lib/python3.11/tk.py", 70),
]
SCRIPT = b"#!/usr/bin/python3.11\n"


def parts(weight: Weight) -> dict[str, int]:
    """What the image to come is made of."""
    assert weight.predicted_bytes == weight.total_bytes - weight.ballast_bytes + weight.brought_bytes
    assert weight.predicted_bytes == sum(part.size_bytes for part in weight.prediction.parts)
    return dict(weight.prediction.parts)


def python_weight(*bases: KnownBase, base: list[Entry] | None = None, run: RunConfig | None = None) -> Weight:
    """A script on a full base image."""
    return weight_of(
        base if base is not None else [TOOLS, *PYTHON, program("bin/bash", 400)],
        [holding("app/main", SCRIPT, mode=0o755), file("app/more.txt", 33)],
        contents={"app/main": SCRIPT},
        run=run or RunConfig(cmd=("/app/main",)),
        base=BASE,
        bases=bases,
    )


def test_the_smallest_image_with_the_interpreter_is_advised() -> None:
    """All of it counts, also what the present base does not have; what both have is no ballast."""
    small = known("slim:1", [*PYTHON[:3], file("etc/new", 11)], command=("python3",))
    large = known("large:1", [*PYTHON, file("etc/new", 1111)])
    weight = python_weight(large, small, known("none:1", [file("etc/x", 1)]))
    assert parts(weight) == {"base image slim:1": 6911, "application": 33, "program": len(SCRIPT)}
    assert weight.brought_bytes == 11
    assert {finding.kind: finding.saves_bytes for finding in weight.findings} == {
        "go-tools": 50_000_000,
        "unused-base": 400 + 70,
    }
    assert "FROM slim:1" in weight.findings[0].change


@pytest.mark.parametrize(
    "other",
    [
        known("another-version:1", [program("usr/bin/python3.12", 6000)]),
        known("an-application:1", PYTHON, command=("/srv/app",)),
        known("larger:1", [*PYTHON, file("x", 60_000_000)]),
        known("gone:1", []),
    ],
    ids=lambda other: other.name,
)
def test_images_that_do_not_do_are_passed_over(other: KnownBase) -> None:
    """Then what the program needs of the present base is what counts."""
    weight = python_weight(other)
    assert parts(weight) == {"interpreter and libraries": 6970, "application": 33, "program": len(SCRIPT)}
    assert weight.brought_bytes == 0
    assert "a base that brings /usr/bin/python3.11" in weight.findings[0].change


def test_an_interpreter_whose_name_tells_no_version_has_to_be_the_same() -> None:
    """Another node may be of any version."""
    script = b"#!/usr/bin/node\n"
    for content, name in (("v18", "base image slim:1"), ("v20", "interpreter and libraries")):
        weight = weight_of(
            [program("usr/bin/node", 6000, "v18"), TOOLS],
            [holding("app/main", script, mode=0o755)],
            contents={"app/main": script},
            run=RunConfig(cmd=("/app/main",)),
            base=BASE,
            bases=(
                known("slim:1", [program("usr/bin/node", 6000, content)], command=("docker-entrypoint.sh", "node")),
            ),
        )
        assert parts(weight) == {name: 6000, "program": len(script)}


def test_an_interpreter_without_a_digest_is_read() -> None:
    """An index may leave out the digests of what is there once."""
    script, node = b"#!/usr/bin/node\n", b"v18" * 2000
    for content, name in ((node, "base image slim:1"), (b"v20" * 2000, "interpreter and libraries")):
        offered = holding("usr/bin/node", content, mode=0o755)._replace(digest=Digest.of(content))
        weight = weight_of(
            [holding("usr/bin/node", node, mode=0o755)._replace(digest=None), TOOLS],
            [holding("app/main", script, mode=0o755)],
            contents={"app/main": script, "usr/bin/node": node},
            run=RunConfig(cmd=("/app/main",)),
            base=BASE,
            bases=(known("slim:1", [offered], command=("docker-entrypoint.sh", "node")),),
        )
        assert parts(weight) == {name: 6000, "program": len(script)}


def test_a_shell_in_the_command_asks_for_a_shell() -> None:
    """Distroless images have none; which shell it is does not matter."""
    run = RunConfig(cmd=("/bin/sh", "-c", "exec /app/main"))
    base = [TOOLS, *PYTHON, symlink("bin/sh", "bash"), program("bin/bash", 400)]
    distroless = known("distroless:1", PYTHON)
    slim = known("slim:1", [*PYTHON, symlink("bin/sh", "dash"), program("bin/dash", 100)])
    assert python_weight(distroless, slim, base=base, run=run).prediction.base_name == "slim:1"
    assert python_weight(distroless, slim, base=base).prediction.base_name == "distroless:1"


def test_what_the_health_check_starts_is_asked_for() -> None:
    """An image without it would be unhealthy."""
    run = RunConfig(cmd=("/app/main",), healthcheck=Healthcheck(test=("CMD", "/usr/bin/curl", "localhost")))
    base = [TOOLS, *PYTHON, program("usr/bin/curl", 300)]
    with_curl = known("curl:1", [*PYTHON, program("usr/bin/curl", 310)])
    assert python_weight(known("slim:1", PYTHON), with_curl, base=base, run=run).prediction.base_name == "curl:1"


def static_program(*texts: bytes) -> bytes:
    """An ELF file without a table of sections: it wants no loader and no library."""
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(57)
    return header + b"\0".join(texts) + bytes(5000)


CERTIFICATES = file("etc/ssl/certs/ca.crt", 2000)
ZONES = file("usr/share/zoneinfo/Europe/Paris", 3000)


def static_weight(data: bytes, *bases: KnownBase, env: tuple[tuple[str, str], ...] = ()) -> Weight:
    """A static program on a base with a tool chain."""
    return weight_of(
        [TOOLS, CERTIFICATES, ZONES],
        [holding("app", data, mode=0o755)],
        contents={"app": data},
        run=RunConfig(cmd=("/app",), env=env),
        base=BASE,
        bases=bases,
    )


STATIC = known("static:1", [CERTIFICATES, ZONES, file("etc/passwd", 50)])


def test_a_static_program_needs_no_base() -> None:
    """Whatever images are known: it goes on scratch."""
    data = static_program()
    weight = static_weight(data, STATIC)
    assert parts(weight) == {"program": len(data)}
    assert "FROM scratch" in weight.findings[0].change


def test_certificates_ask_for_an_image_that_has_them() -> None:
    """Where none is known they are taken along."""
    data = static_program(b"/etc/ssl/certs")
    assert parts(static_weight(data, STATIC)) == {"program": len(data), "base image static:1": 5050}
    assert parts(static_weight(data)) == {"program": len(data), "certificates and the like": 2000}
    bare = known("bare:1", [file("etc/passwd", 50)])
    assert parts(static_weight(data, bare)) == {"program": len(data), "certificates and the like": 2000}


def test_time_zones_count_where_one_is_set() -> None:
    """Nearly every program could read their data; without TZ none does. The advice tells of them all the same."""
    data = static_program(b"/usr/share/zoneinfo")
    weight = static_weight(data)
    assert parts(weight) == {"program": len(data)}
    assert "/usr/share/zoneinfo/ where it uses it" in weight.findings[0].change
    assert parts(static_weight(data, env=(("TZ", "Europe/Paris"),))) == {
        "program": len(data),
        "certificates and the like": 3000,
    }
    assert parts(static_weight(data, env=(("TZ", "UTC"),))) == {"program": len(data)}


def test_a_dynamic_program_takes_its_libraries_along() -> None:
    """On a base image only where that brings little more."""
    data = Path("/bin/true").read_bytes()
    links = read_links(lambda offset, size: data[offset : offset + size], len(data))
    assert links is not None
    loader = links.loader.lstrip("/")
    system = [program(loader, 200_000), *(program(f"usr/lib/{name}", 300_000) for name in links.libraries)]
    libraries = sum(entry.size for entry in system)
    for extra, what in ((5_000_000, "base image libc:1"), (20_000_000, "libraries")):
        weight = weight_of(
            [TOOLS, *system],
            [holding("app", data, mode=0o755)],
            contents={"app": data},
            run=RunConfig(cmd=("/app",)),
            base=BASE,
            bases=(known("libc:1", [*system, file("etc/other", extra)]), STATIC),
        )
        assert parts(weight)[what] == libraries + (extra if what != "libraries" else 0)


def test_a_base_that_stays_is_a_part() -> None:
    """With what a later layer hides of it, which nobody takes away."""
    weight = weight_of(
        [file("etc/a", 1000), file("etc/b", 200)],
        [file("etc/b", 300, "other"), file("srv/x.csv", 40)],
        base=BASE,
    )
    assert parts(weight) == {"base image full:1": 1200, "application": 300, "data": 40}
    assert not weight.prediction.is_new_base


def test_no_part_is_empty() -> None:
    """What goes by its content leaves no name behind."""
    weight = weight_of([file("srv/x-1.zip", 1000), folder("srv/x-1")])
    assert weight.prediction.parts == ()
    assert weight.ballast_bytes == 1000


@pytest.mark.parametrize("name", ["python3.11", "node", "java", "ruby3.1", "php8.2"])
def test_an_interpreter_is_no_compiled_program(name: str) -> None:
    """Though its bytes are: what it runs is not told by its libraries, so that it is not put alone on nothing."""
    data = static_program()
    weight = weight_of(
        [TOOLS, holding(f"usr/local/bin/{name}", data, mode=0o755)],
        [file("app/main", 10)],
        contents={f"usr/local/bin/{name}": data},
        run=RunConfig(cmd=(name, "main"), working_dir="/app"),
        base=BASE,
    )
    (change,) = {finding.change for finding in weight.findings if finding.in_base}
    assert f"FROM a base that brings /usr/local/bin/{name} and no tools (slim, distroless)" in change


@pytest.mark.parametrize(
    ("run", "change"),
    [
        (
            RunConfig(),
            "FROM scratch, COPY --from=build /app/server /app/server, and what it reads of /srv/data, /app/a.txt",
        ),
        (
            RunConfig(user="me"),
            "COPY --from=build /app/server /app/server, COPY --from=build /etc/passwd /etc/, and what",
        ),
        (
            RunConfig(healthcheck=Healthcheck(test=("CMD-SHELL", "/app/server check"))),
            'no shell: HEALTHCHECK CMD ["…"]',
        ),
        (
            RunConfig(healthcheck=Healthcheck(test=("CMD", "/bin/wget", "x"))),
            "FROM a small base that brings /bin/wget, COPY",
        ),
    ],
)
def test_the_change_says_all_that_has_to_be_taken_along(run: RunConfig, change: str) -> None:
    """The image's own files by their folders, the names of its user, other programs; and what does not work any more."""
    data = static_program()
    weight = weight_of(
        [TOOLS, file("etc/passwd", 50), program("bin/wget", 10), program("bin/sh", 10)],
        [
            holding("app/server", data, mode=0o755),
            file("app/a.txt", 20),
            file("srv/data/2026/big", 900),
            file("etc/ld.so.cache", 30),
        ],
        contents={"app/server": data},
        run=replace(run, cmd=("/app/server",)),
        base=BASE,
    )
    (told,) = {finding.change for finding in weight.findings if finding.in_base}
    assert change in told


@pytest.mark.parametrize(("more", "is_left"), [(19_000_000, False), (21_000_000, True)])
def test_a_compiled_program_stays_on_a_base_that_is_little_more(more: int, is_left: bool) -> None:
    """Who followed the advice is not told to go on, to nothing at all."""
    data = static_program()
    weight = weight_of(
        [file("usr/share/zoneinfo/x", more), file("etc/passwd", 10)],
        [holding("app/main", data, mode=0o755)],
        contents={"app/main": data},
        run=RunConfig(cmd=("/app/main",)),
        base=BASE,
    )
    assert ("unused-base" in {finding.kind for finding in weight.findings}) == is_left
