"""Tools that are what an image is for, or that its program starts, are no ballast."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.analyze.support import file, holding, program, weight_of

from jettison.analyze.package_roles import system_role
from jettison.model.config import RunConfig
from jettison.model.entry import Entry


def debian(**depends: str) -> tuple[list[Entry], Mapping[str, bytes]]:
    """Packages with a file each, ``usr/lib/NAME``; underscores in the names are dashes."""
    names = {name.replace("_", "-"): text for name, text in depends.items()}
    status = "".join(
        f"Package: {name}\nStatus: install ok installed\nVersion: 1\nDepends: {text}\n\n"
        for name, text in names.items()
    )
    contents = {"var/lib/dpkg/status": status.encode()}
    contents |= {f"var/lib/dpkg/info/{name}.list": f"/usr/lib/{name}\n".encode() for name in names}
    entries = [holding(path, data) for path, data in contents.items()]
    return [*entries, *(file(f"usr/lib/{name}", 1000) for name in names)], contents


APP = file("srv/app", 1)
SDK = [
    program("usr/local/go/bin/go", 100),
    file("usr/include/x.h", 10),
    file("root/.cache/go-build/x", 10),
    file("go/pkg/mod/m/x.go", 10),
]
CASES: dict[str, tuple[RunConfig, list[Entry], set[str]]] = {
    "an image of tools and nothing else": (RunConfig(cmd=("bash",)), SDK, {"go-build-cache", "go-module-cache"}),
    "a program beside them that the image does not name": (
        RunConfig(),
        [*SDK, APP],
        {"go-build-cache", "go-module-cache", "go-tools", "headers"},
    ),
    "the command starts the tool": (RunConfig(cmd=("/usr/local/go/bin/go", "run", ".")), [*SDK, APP], set()),
    "the command is another program": (
        RunConfig(cmd=("/srv/server",)),
        [*SDK, program("srv/server", 100)],
        {"go-build-cache", "go-module-cache", "go-tools", "headers"},
    ),
    "cargo has installed the program beside itself": (
        RunConfig(cmd=("/usr/local/cargo/bin/server",)),
        [
            program("usr/local/cargo/bin/server", 100),
            program("usr/local/cargo/bin/cargo", 50),
            file("usr/local/rustup/toolchains/x/lib/y.so", 900),
        ],
        {"rust-tools"},
    ),
    "dotnet starts a program": (
        RunConfig(cmd=("/usr/share/dotnet/dotnet", "app.dll"), working_dir="/app"),
        [
            program("usr/share/dotnet/dotnet", 10),
            file("usr/share/dotnet/sdk/8.0/x.dll", 900),
            file("usr/share/dotnet/shared/x.dll", 50),
            file("app/app.dll", 10),
            file("root/.nuget/packages/x.dll", 70),
        ],
        {"dotnet-tools", "nuget-packages"},
    ),
    "dotnet builds one": (
        RunConfig(cmd=("/usr/share/dotnet/dotnet", "run"), working_dir="/app"),
        [
            program("usr/share/dotnet/dotnet", 10),
            file("usr/share/dotnet/sdk/8.0/x.dll", 900),
            file("root/.nuget/packages/x.dll", 70),
            file("app/app.csproj", 10),
        ],
        set(),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_tools_that_are_used_are_no_ballast(case: str) -> None:
    """With what they read: headers, and for a compiler that is started also its caches."""
    run, entries, kinds = CASES[case]
    assert {finding.kind for finding in weight_of(entries, run=run).findings} == kinds


@pytest.mark.parametrize(
    ("depends", "ballast"),
    [
        ({"libgl1_mesa_dri": "libllvm15", "libllvm15": ""}, set()),
        ({"libllvm15": "", "clang": "libllvm15"}, {"clang", "libllvm15"}),
        ({"gawk": "libmpfr6", "libmpfr6": "", "gcc": "libmpfr6"}, {"gcc"}),
        ({"a": "b", "b": "make | remake", "make": ""}, set()),
        ({"nodejs": "node_undici", "node_undici": "", "npm": "node-nopt", "node_nopt": ""}, {"npm", "node-nopt"}),
        ({"node_express": "", "nodejs": ""}, set()),
    ],
)
def test_a_tool_that_a_package_needs_stays(depends: dict[str, str], ballast: set[str]) -> None:
    """Whatever its name says: a renderer needs the library of a compiler."""
    entries, contents = debian(**{name: text.replace("_", "-") for name, text in depends.items()})
    weight = weight_of([*entries, APP], contents=contents)
    told = {path.path for finding in weight.findings for path in finding.paths if path.path.startswith("usr/lib/")}
    assert told == {f"usr/lib/{name}" for name in ballast}


def test_a_group_of_packages_keeps_no_tool() -> None:
    """`apk add --virtual .build-deps gcc` leaves a package that asks for gcc and holds nothing."""
    text = "P:.build-deps\nV:1\nD:gcc\n\nP:gcc\nV:13\nF:usr/lib\nR:cc1\n\nP:mesa\nV:1\nD:so:libLLVM-15.so\nF:usr/lib\nR:m\n\n"
    text += "P:llvm15-libs\nV:1\np:so:libLLVM-15.so=15\nF:usr/lib\nR:libLLVM-15.so\n\n"
    place, names = "lib/apk/db/installed", ("cc1", "m", "libLLVM-15.so")
    entries = [*(file(f"usr/lib/{name}", 1000) for name in names), holding(place, text.encode()), APP]
    weight = weight_of(entries, contents={place: text.encode()})
    assert [path.path for finding in weight.findings for path in finding.paths] == ["usr/lib/cc1"]


@pytest.mark.parametrize(
    ("metadata", "kinds"),
    [(b"Name: GitPython\nVersion: 3\n", set()), (b"Name: flask\nVersion: 3\n", {"version-control-tools"})],
)
def test_a_package_may_start_a_tool(metadata: bytes, kinds: set[str]) -> None:
    """GitPython starts git: then nobody knows whether it is needed."""
    entries, contents = debian(git="")
    place = "usr/lib/python3/site-packages/x.dist-info/METADATA"
    weight = weight_of([*entries, APP, holding(place, metadata)], contents={**contents, place: metadata})
    assert {finding.kind for finding in weight.findings} == kinds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rust-coreutils", None),
        ("golang-docker-credential-helpers", None),
        ("busybox-static", None),
        ("lldpd", None),
        ("node-express", None),
        ("golang-1.21-go", "go-tools"),
        ("dotnet-sdk-8.0", "dotnet-tools"),
        ("cuda-nvcc-12-4", "cuda-tools"),
        ("libcublas-dev-12-4", "cuda-tools"),
        ("libcublas-12-4", None),
        ("gcc-aarch64-linux-gnu", "c-tools"),
        ("libc6-dev-arm64-cross", "c-tools"),
        ("gfortran-12", "c-tools"),
    ],
)
def test_packages_are_told_by_their_names(name: str, kind: str | None) -> None:
    """Programs that happen to be named like a tool chain are none."""
    assert system_role(name)[0] == kind
