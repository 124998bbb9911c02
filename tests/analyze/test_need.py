"""What a program needs, followed through real ELF files, scripts and virtual environments."""

from __future__ import annotations

from pathlib import Path

from tests.analyze.support import digest, symlink

from jettison.analyze.need import Needs, find_needs
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.model.config import RunConfig
from jettison.model.entry import Entry, EntryType
from jettison.packages.elf_links import read_links


def needs_of(files: dict[str, bytes], run: RunConfig, links: dict[str, str] | None = None) -> Needs:
    entries = [
        Entry(path=path, type=EntryType.FILE, mode=0o755, size=len(data), offset=number, digest=digest(path))
        for number, (path, data) in enumerate(files.items())
    ]
    entries += [symlink(path, target) for path, target in (links or {}).items()]
    tree = merge_layers([LayerIndex(diff_id=digest("layer"), tar_bytes=0, entries=tuple(entries))])
    return find_needs(tree, run, lambda entry, offset, size: files[entry.path][offset : offset + size])


def native() -> tuple[dict[str, bytes], str]:
    """A program of this machine with its loader and its libraries, and the path of the loader."""
    data = Path("/bin/ls").read_bytes()
    links = read_links(lambda offset, size: data[offset : offset + size], len(data))
    assert links is not None
    loader = links.loader.lstrip("/")
    files = {"app/tool": data, loader: Path(links.loader).resolve().read_bytes()}
    folder = next(path.parent for path in Path("/lib").glob("*/libc.so.6"))
    names = {*links.libraries, "libpcre2-8.so.0", "libc.so.6"}
    for name in names:
        if (folder / name).exists():
            files[f"usr/lib/{folder.name}/{name}"] = (folder / name).resolve().read_bytes()
    return files, loader


def test_a_program_leads_to_its_loader_and_libraries() -> None:
    """By what its headers name; a library that nobody names is not needed."""
    files, loader = native()
    needs = needs_of(files | {"usr/lib/libother.so": b"x"}, RunConfig(entrypoint=("/app/tool",)))
    assert needs.reasons.keys() == files.keys()
    assert needs.reasons["app/tool"] == "started by the image's command"
    assert needs.reasons[loader] == "loader of /app/tool"
    assert needs.missing == ()
    assert needs.is_native
    assert not needs.is_static


def test_who_links_with_a_library_for_tls_needs_certificates() -> None:
    """Their place stands in the library; nothing in the program speaks of it."""
    files, _ = native()
    (name,) = {path.rpartition("/")[2] for path in files if "libselinux" in path}
    other = "libcurl".ljust(len(name) - 2, "x") + ".4"
    speaking = {path.replace(name, other): data.replace(name.encode(), other.encode()) for path, data in files.items()}
    run = RunConfig(cmd=("/app/tool",))
    assert "etc/ssl/certs/" not in needs_of(files, run).support
    assert needs_of(speaking, run).missing == ()
    assert "etc/ssl/certs/" in needs_of(speaking, run).support


def test_a_library_that_is_not_there_is_told() -> None:
    """The program would not start: no advice is built on it."""
    files, _ = native()
    lacking = {path: data for path, data in files.items() if not path.endswith("libc.so.6")}
    missing = needs_of(lacking, RunConfig(cmd=("/app/tool",))).missing
    assert any("libc.so.6" in name for name in missing)


def test_a_script_leads_to_its_interpreter_and_environment() -> None:
    """As pip writes them: the interpreter is a link out of the environment, which is needed whole."""
    files = {
        "usr/bin/python3.11": b"\0" * 100,
        "usr/lib/python3.11/os.py": b"x",
        "opt/venv/pyvenv.cfg": b"home = /usr/bin\n",
        "opt/venv/bin/tool": b"#!/opt/venv/bin/python\nimport tool\n",
        "opt/venv/lib/python3.11/site-packages/tool.py": b"x",
        "app/other.py": b"x",
    }
    links = {"opt/venv/bin/python": "/usr/bin/python3.11"}
    run = RunConfig(cmd=("tool",), env=(("PATH", "/opt/venv/bin:/usr/bin"),))
    needs = needs_of(files, run, links)
    assert (needs.program, needs.interpreter) == ("opt/venv/bin/tool", "usr/bin/python3.11")
    assert not needs.is_native
    told = {path: bool(needs.reason(path)) for path in files}
    assert told == dict.fromkeys(files, True) | {"app/other.py": False}
    assert needs.in_environment("opt/venv/lib/python3.11/site-packages/tool.py")


def test_the_health_check_is_needed_and_is_not_the_program() -> None:
    """It is started, too."""
    from jettison.model.config import Healthcheck

    run = RunConfig(cmd=("/app",), healthcheck=Healthcheck(test=("CMD-SHELL", "wget -q localhost || exit 1")))
    needs = needs_of({"app": b"x", "usr/bin/wget": b"x", "usr/bin/curl": b"x"}, run)
    assert needs.program == "app"
    assert needs.reasons.keys() == {"app", "usr/bin/wget"}


def test_an_image_without_a_command_needs_nothing_that_is_known() -> None:
    """Nobody knows what it is for."""
    assert needs_of({"app": b"x"}, RunConfig()) == Needs(spoken_of=needs_of({}, RunConfig()).spoken_of)


def test_a_command_of_any_length_is_no_danger() -> None:
    """Ten thousand interpreters in one line of a shell, and a search path as long."""
    path = ":".join(f"/p{number}" for number in range(10_000))
    files = {f"usr/lib/python3.11/m{number}.py": b"x" for number in range(2_000)} | {"p0/python3": b"x", "bin/sh": b"x"}
    run = RunConfig(cmd=("/bin/sh", "-c", "python3 x; missing;" * 10_000), env=(("PATH", path),))
    needs = needs_of(files, run)
    assert "p0/python3" in needs.reasons


def test_an_entry_point_leads_to_the_program_behind_it() -> None:
    """As images of node have it: the script starts what the command says, and all of them are needed."""
    files = {
        "usr/local/bin/docker-entrypoint.sh": b'#!/bin/sh\nset -e\nexec "$@"\n',
        "bin/sh": b"\0",
        "usr/local/bin/node": b"\0",
        "app/server.js": b"x",
    }
    run = RunConfig(entrypoint=("docker-entrypoint.sh",), cmd=("node", "server.js"), working_dir="/app")
    needs = needs_of(files, run)
    assert (needs.program, needs.interpreter, needs.words) == ("usr/local/bin/node", "", ("node", "server.js"))
    assert needs.reasons.keys() == files.keys()
    assert set(needs.started) == {"usr/local/bin/docker-entrypoint.sh", "bin/sh", "usr/local/bin/node"}
    unknown = needs_of(files, RunConfig(entrypoint=("docker-entrypoint.sh",), cmd=("--help",)))
    assert (unknown.program, unknown.interpreter) == ("usr/local/bin/docker-entrypoint.sh", "bin/sh")


def test_a_script_of_the_manifest_finds_installed_programs() -> None:
    """``npm start`` puts the programs of packages on the search path; npm itself is started, too."""
    files = {
        "usr/lib/node_modules/npm/bin/npm-cli.js": b"#!/usr/bin/env node\n",
        "usr/bin/node": b"\0",
        "app/package.json": b'{"scripts": {"start": "NODE_ENV=x tool --serve"}}',
        "app/node_modules/tool/cli.js": b"#!/usr/bin/env node\n",
    }
    links = {"usr/bin/npm": "../lib/node_modules/npm/bin/npm-cli.js", "app/node_modules/.bin/tool": "../tool/cli.js"}
    needs = needs_of(files, RunConfig(cmd=("npm", "start"), working_dir="/app"), links)
    assert (needs.program, needs.interpreter) == ("app/node_modules/tool/cli.js", "usr/bin/node")
    assert "usr/lib/node_modules/npm/bin/npm-cli.js" in needs.started
    alone = needs_of(files, RunConfig(cmd=("tool",), working_dir="/app"), links)
    assert alone.program == ""
