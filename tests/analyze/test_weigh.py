"""Synthetic images with known answers: each cause alone, then mixed; the parts always add up to the whole."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, folder, gone, holding, link, opaque, program, symlink, unstripped, weight_of

from jettison.analyze.base import Base
from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.weight import Weight
from jettison.model.config import RunConfig
from jettison.model.entry import Entry

ALONE: dict[str, tuple[tuple[list[Entry], ...], dict[str, int]]] = {
    "deleted": (([file("a", 100)], [gone("a")]), {"deleted": 100}),
    "overwritten": (([file("a", 100, "x")], [file("a", 50, "y")]), {"overwritten": 100}),
    "chmod": (([file("a", 100)], [file("a", 100, mode=0o600)]), {"copied-up": 100}),
    "twice": (([file("a", 100)], [file("a", 100)]), {"repeated": 100}),
    "duplicates": (([file("d/a", 5000, "x"), file("d/b", 5000, "x"), file("d/c", 5000, "x")],), {"duplicate": 10000}),
    "small duplicates": (([file("a", 50, "x"), file("b", 50, "x")],), {}),
    "hard links are no duplicates": (([file("a", 5000), link("b", "a")],), {}),
    "apt lists": (([file("var/lib/apt/lists/deb.debian.org_main", 100)],), {"apt-lists": 100}),
    "apt archives": (
        ([file("var/cache/apt/archives/gcc.deb", 9), file("var/cache/apt/p.bin", 1)],),
        {"apt-archives": 10},
    ),
    "apk": (([file("var/cache/apk/APKINDEX.tar.gz", 10)],), {"apk-cache": 10}),
    "dnf": (([file("var/cache/dnf/x", 10), file("var/cache/yum/y", 1)],), {"dnf-cache": 11}),
    "pip": (([file("root/.cache/pip/http/x", 10)],), {"pip-cache": 10}),
    "uv": (([file("home/me/.cache/uv/x", 10)],), {"uv-cache": 10}),
    "npm": (([file("root/.npm/_cacache/x", 10)],), {"npm-cache": 10}),
    "yarn": (([file("usr/local/share/.cache/yarn/v6/x", 10)],), {"yarn-cache": 10}),
    "yarn in a project": (([file("app/.yarn/cache/a.zip", 10)],), {"yarn-cache": 10}),
    "yarn with Plug'n'Play": (([file("app/.pnp.cjs", 5), file("app/.yarn/cache/a.zip", 10)],), {}),
    "pnpm": (([file("root/.local/share/pnpm/store/v3/x", 10)],), {"pnpm-store": 10}),
    "go build": (([file("root/.cache/go-build/00/x", 10)],), {"go-build-cache": 10}),
    "go modules": (([file("go/pkg/mod/example.com/m/x.go", 10)],), {"go-module-cache": 10}),
    "cargo": (([file("usr/local/cargo/registry/x", 10)],), {"cargo-registry": 10}),
    "maven": (([file("root/.m2/repository/x.jar", 10)],), {"maven-repository": 10}),
    "conda": (([file("opt/conda/pkgs/x", 10)],), {"conda-packages": 10}),
    "other caches": (([file("root/.cache/thing/x", 10)],), {"other-cache": 10}),
    "bytecode": (([file("app/__pycache__/m.cpython-311.pyc", 10), file("app/m.py", 5)],), {"bytecode": 10}),
    "an archive and what was in it": (([file("src/x-1.2.tar.gz", 10), folder("src/x-1.2")],), {"archive": 10}),
    "an archive of a version": (([file("opt/tool_1.0.zip", 10), folder("opt/tool")],), {"archive": 10}),
    "an archive alone": (([file("src/x-1.2.tar.gz", 10), folder("src/y")],), {}),
    "git": (([file("app/.git/objects/pack/p", 10)],), {"version-control": 10}),
    "static libraries": (([file("usr/local/lib/libx.a", 10)],), {"static-libraries": 10}),
    "headers": (([file("usr/include/x.h", 10)],), {"headers": 10}),
    "debugging information": (([file("usr/lib/debug/x", 10), file("opt/y.debug", 1)],), {"debug-files": 11}),
    "documentation": (([file("usr/share/doc/x/README", 10)],), {"documentation": 10}),
    "manuals": (([file("usr/share/man/man1/x.1.gz", 10)],), {"manuals": 10}),
    "translations": (([file("usr/share/locale/de/x.mo", 10)],), {"locales": 10}),
    "tests of a package": (([file("opt/venv/lib/python3.11/site-packages/x/tests/t.py", 10)],), {"package-tests": 10}),
    "tests of one's own": (([file("app/tests/t.py", 10)],), {}),
    "tool chains without a package": (([file("usr/local/go/bin/go", 10), file("srv/app", 1)],), {"go-tools": 10}),
    "temporary files": (([file("tmp/x", 10), file("var/tmp/y", 1)],), {"temporary": 11}),
    "logs": (([file("var/log/x", 10)],), {"logs": 10}),
    "an application": (([file("app/main", 10), file("app/x.csv", 5)],), {}),
    "a cache deleted later counts once": (
        ([file("srv/.cache/pip/x", 10)], [opaque("srv/.cache"), folder("srv/.cache")]),
        {"deleted": 10},
    ),
}


def savings(weight: Weight) -> dict[str, int]:
    """Kind -> bytes saved."""
    found: dict[str, int] = {}
    for finding in weight.findings:
        found[finding.kind] = found.get(finding.kind, 0) + finding.saves_bytes
    return found


def check_sums(weight: Weight) -> None:
    """Whatever the image: the tables say the same sum in different ways."""
    assert sum(each.added_bytes for each in weight.instructions) == weight.total_bytes
    assert sum(each.wasted_bytes for each in weight.instructions) == weight.wasted_bytes
    assert sum(each.size_bytes for each in weight.categories) == weight.total_bytes
    assert sum(each.ballast_bytes for each in weight.instructions) == weight.ballast_bytes
    assert 0 <= weight.predicted_bytes <= weight.total_bytes
    assert sum(part.size_bytes for part in weight.prediction.parts) == weight.predicted_bytes
    assert weight.predicted_bytes == weight.total_bytes - weight.ballast_bytes + weight.brought_bytes
    if weight.prediction.base_name == weight.base.name or not weight.prediction.base_name:
        assert weight.brought_bytes == 0
    for category in weight.categories:
        assert category.needed_bytes + category.useless_bytes + category.unknown_bytes == category.size_bytes


@pytest.mark.parametrize("case", ALONE)
def test_each_cause_alone(case: str) -> None:
    """Its bytes are told once, under its name, and everything adds up."""
    layers, expected = ALONE[case]
    weight = weight_of(*layers)
    assert savings(weight) == expected
    check_sums(weight)


def test_what_packages_brought_is_not_to_be_rearranged() -> None:
    """Copies among a distribution's files are its own; a library of a wheel is not loaded any more once it is stripped."""
    place, library = "usr/lib/python3.11/site-packages", unstripped(100_000)
    files = {
        "var/lib/dpkg/status": DPKG,
        "var/lib/dpkg/info/gcc-12.list": b"",
        "var/lib/dpkg/info/libc6.list": b"/usr/lib/a.dat\n/usr/lib/b.dat\n",
        f"{place}/x.dist-info/METADATA": b"Name: x\nVersion: 1\n",
        f"{place}/x.dist-info/RECORD": b"x.so,,\n",
        f"{place}/x.so": library,
        "usr/bin/python3.11": unstripped(100_001),
    }
    entries = [holding(path, content, mode=0o755) for path, content in files.items()]
    entries += [file("usr/lib/a.dat", 9000, "x"), file("usr/lib/b.dat", 9000, "x")]
    weight = weight_of(entries, contents=files, run=RunConfig(cmd=("/usr/bin/python3.11", "x")))
    assert {path.path for found in weight.findings for path in found.paths} == {"usr/bin/python3.11"}


def test_causes_mixed() -> None:
    """The layers of all cases on top of each other: no byte counts twice, and every cause is found."""
    layers = [entries for stack, _ in ALONE.values() for entries in stack]
    weight = weight_of(*layers)
    check_sums(weight)
    assert savings(weight).keys() == {kind for _, saved in ALONE.values() for kind in saved}


def test_every_change_says_what_to_type() -> None:
    """No placeholder is left in an advice, and the line is named."""
    for layers, _ in ALONE.values():
        for finding in weight_of(*layers).findings:
            assert finding.change
            assert "{" not in finding.change.replace("{}", "")
    (finding,) = weight_of([file("a", 100)], [gone("a")]).findings
    assert finding.change == "merge the rm of line 3 into line 2: what a layer holds, no later one takes away"
    assert (finding.layer, finding.by) == (0, 1)


def test_every_kind_has_a_name_of_its_own() -> None:
    """And a change that can be filled in."""
    for name, kind in KINDS.items():
        assert kind.name == name
        kind.change.format(line="line 1", by="line 2", paths="/a", target="/b")


BASE = Base(layers=1, history=1, name="debian:12")
SCRIPT = b"#!/bin/sh\necho\n"


def test_what_lies_in_a_base_that_stays_is_told_and_not_counted() -> None:
    """No later layer takes it away."""
    weight = weight_of([file("usr/share/doc/x", 1000)], [file("usr/share/doc/y", 10)], base=BASE)
    assert [(found.size_bytes, found.saves_bytes, found.in_base) for found in weight.findings] == [
        (10, 10, False),
        (1000, 0, True),
    ]
    assert weight.findings[1].change.startswith("a smaller base image")
    assert weight.predicted_bytes == 1000


def test_copies_of_a_base_that_stays_can_be_saved() -> None:
    """An instruction that only sets modes, owners or times of the base's files brings them again: it need not."""
    weight = weight_of([file("a", 1000)], [file("a", 1000, mode=0o700)], [file("a", 1000, mtime=9)], base=BASE)
    assert [(found.kind, found.saves_bytes, found.in_base) for found in weight.findings] == [
        ("copied-up", 1000, True),
        ("copied-up", 1000, False),
    ]
    assert weight.findings[0].change == "leave the files of the base image as they are: line 2 copies them whole"
    assert weight.predicted_bytes == 1000
    overwritten = weight_of([file("a", 1000, "x")], [file("a", 50, "y")], base=BASE)
    assert overwritten.ballast_bytes == 0


def test_a_base_that_brings_a_tool_chain_is_not_kept() -> None:
    """What the program needs is kept, and certificates; the rest of the base counts as saved."""
    base = [
        file("usr/local/go/bin/go", 20_000_000),
        holding("bin/sh", b"\0" * 100, mode=0o755),
        file("usr/bin/perl", 5000),
        file("etc/ssl/certs/ca.crt", 7),
    ]
    run = RunConfig(cmd=("/start",))
    weight = weight_of(base, [holding("start", SCRIPT, mode=0o755)], run=run, base=BASE, contents={"start": SCRIPT})
    assert weight.program == "start"
    assert savings(weight) == {"go-tools": 20_000_000, "unused-base": 5000}
    assert weight.predicted_bytes == 100 + 7 + len(SCRIPT)
    check_sums(weight)


def test_the_program_is_needed_whatever_lies_around_it() -> None:
    """Followed through links, PATH, and the words of a shell; what is named beside it is needed, too."""
    for cmd in (
        ("run", "/app/x.conf"),
        ("/bin/sh", "-c", "exec run /app/x.conf | cat"),
        ("/usr/bin/run", "/app/x.conf"),
    ):
        weight = weight_of(
            [symlink("usr/bin/run", "../../tmp/run"), program("tmp/run", 10), file("app/x.conf", 4), file("app/y", 3)],
            run=RunConfig(cmd=cmd, env=(("PATH", "/usr/bin:/bin"),)),
        )
        needs = {path: run.need for run, path, _ in weight.files.with_runs()}
        assert needs == {"tmp/run": Need.YES, "app/x.conf": Need.YES, "app/y": Need.UNKNOWN} or cmd[0] == "/bin/sh"
        assert needs["tmp/run"] is Need.YES


@pytest.mark.parametrize(("command", "kinds"), [(("-jar", "app.jar"), {"sources"}), (("-cp", "/app", "Main"), set())])
def test_sources_beside_a_java_archive(command: tuple[str, ...], kinds: set[str]) -> None:
    """Where an archive is run, what it was made of is not."""
    entries = [program("opt/java/bin/java", 10), file("app/app.jar", 10), file("app/src/Main.java", 10)]
    run = RunConfig(cmd=("/opt/java/bin/java", *command), working_dir="/app")
    assert {found.kind for found in weight_of(entries, run=run).findings} == kinds


def test_links_in_a_loop_are_no_program() -> None:
    """Nothing in an image makes the analysis fail."""
    weight = weight_of([symlink("a", "b"), symlink("b", "a"), file("c", 1)], run=RunConfig(cmd=("/a",)))
    assert weight.program == ""
    assert weight.total_bytes == 1


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("etc/debian_version", Category.APPLICATION),
        ("usr/lib/python3.11/os.py", Category.RUNTIME),
        ("app/node_modules/x/index.js", Category.DEPENDENCIES),
        ("opt/venv/lib/python3.11/site-packages/x.py", Category.DEPENDENCIES),
        ("data/train.parquet", Category.DATA),
        ("root/.cache/pip/x", Category.CACHES),
        ("usr/lib/gcc/x86_64-linux-gnu/12/cc1", Category.TOOL_CHAIN),
        ("usr/local/lib/gcc/x86_64-linux-gnu/13/crtbegin.o", Category.TOOL_CHAIN),
        ("app/.git/HEAD", Category.SOURCES),
        ("app/server", Category.APPLICATION),
    ],
)
def test_each_file_has_one_category(path: str, category: Category) -> None:
    """By its place, where no package owns it; in a base image what nothing else says of is the base system."""
    (found,) = weight_of([file(path, 10)]).categories
    assert found.category is category
    (in_base, *_) = weight_of([file("x/y", 10)], [], base=BASE).categories
    assert in_base.category is Category.BASE_SYSTEM


def test_secrets_are_told_by_name_and_never_read() -> None:
    """Also where a later layer hides them; certificates that are public are none."""
    weight = weight_of(
        [
            file("app/signing.key", 10),
            file("root/.aws/credentials", 5),
            file("etc/ssl/certs/x.pem", 3),
            file("a/.env", 1),
        ],
        [gone("app/signing.key")],
    )
    assert [(secret.path, secret.is_hidden) for secret in weight.secrets] == [
        ("a/.env", False),
        ("app/signing.key", True),
        ("root/.aws/credentials", False),
    ]


DPKG = b"""\
Package: gcc-12
Status: install ok installed
Version: 12.2
Architecture: amd64

Package: libc6
Status: install ok installed
Version: 2.36
Architecture: amd64
"""


def test_packages_are_told_with_what_they_cost_and_who_brought_them() -> None:
    """A compiler is a tool chain, wherever its files lie."""
    files = {
        "var/lib/dpkg/status": DPKG,
        "var/lib/dpkg/info/gcc-12.list": b"/usr/bin/gcc-12\n/usr/share/doc/gcc-12/README\n",
        "var/lib/dpkg/info/libc6.list": b"/lib/libc.so.6\n",
    }
    weight = weight_of(
        [file("lib/libc.so.6", 100)],
        [
            *(holding(path, content) for path, content in files.items()),
            program("usr/bin/gcc-12", 1000),
            file("usr/share/doc/gcc-12/README", 50),
            file("srv/app", 1),
        ],
        contents=files,
    )
    lists = {name: len(files[f"var/lib/dpkg/info/{name}.list"]) for name in ("gcc-12", "libc6")}
    assert [(each.name, each.size_bytes - lists[each.name], each.layer) for each in weight.packages] == [
        ("gcc-12", 1050, 1),
        ("libc6", 100, 0),
    ]
    assert savings(weight) == {"c-tools": 1000 + lists["gcc-12"], "documentation": 50}
    check_sums(weight)


def test_the_largest_files_and_folders_are_told_with_their_layer() -> None:
    """A folder is the sum of what is in it, and belongs to the layer with most of it."""
    weight = weight_of([file("a/b/x", 10)], [file("a/b/y", 30), file("z", 5)])
    assert [(each.path, each.size_bytes, each.layer, each.is_folder) for each in weight.paths] == [
        ("a", 40, 1, True),
        ("a/b", 40, 1, True),
        ("a/b/y", 30, 1, False),
        ("a/b/x", 10, 0, False),
        ("z", 5, 1, False),
    ]


def test_a_very_deep_path_is_no_danger() -> None:
    """Folders are looked up without recursion."""
    deep = "/".join(["d"] * 3000)
    assert weight_of([file(f"{deep}/.cache/pip/x", 10)]).findings[0].kind == "pip-cache"


def test_a_folder_of_archives_is_looked_at_once() -> None:
    """Twenty thousand archives beside as many folders: each is found, and none of them takes long."""
    number = 20_000
    archives = [file(f"a/f{n}.zip", 1) for n in range(number)]
    weight = weight_of([*archives, *(folder(f"a/f{n}") for n in range(0, number, 2))])
    assert savings(weight) == {"archive": number // 2}
