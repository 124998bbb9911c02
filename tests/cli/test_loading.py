"""The program's own modules are found faster than Python finds them, and are the same modules."""

from __future__ import annotations

import importlib.abc
import importlib.util
import pkgutil
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

import pytest

import jettison
from jettison.cli.loading import OwnModules

INSTALL = "from jettison.cli import loading; loading.find_own_modules_first(); loading.find_own_modules_first()"


def own_module(name: str, folder: Path) -> ModuleType:
    """The module of a folder, as an import statement would load it."""
    spec = OwnModules.find_spec(name, [str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def writes_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_modules_are_found_where_python_finds_them() -> None:
    """For every module and package: the same source, the same bytecode, the same folder to look for others in."""
    names = {"jettison": list(jettison.__path__)}
    compared = 0
    for found in pkgutil.walk_packages(jettison.__path__, "jettison."):
        path = names[found.name.rpartition(".")[0]]
        ours, pythons = OwnModules.find_spec(found.name, path), PathFinder.find_spec(found.name, path)
        assert ours is not None
        assert pythons is not None
        assert (ours.origin, ours.cached, ours.submodule_search_locations, ours.has_location, ours.parent) == (
            pythons.origin,
            pythons.cached,
            pythons.submodule_search_locations,
            pythons.has_location,
            pythons.parent,
        )
        names[found.name] = ours.submodule_search_locations or []
        compared += 1
    assert compared > 400


@pytest.mark.parametrize(
    ("name", "has_path"),
    [
        pytest.param("jettison.nothing", True, id="no such module"),
        pytest.param("jettison.empty", True, id="a folder that is no package"),
        pytest.param("jettison", False, id="the program itself"),
        pytest.param("json", True, id="a module of somebody else"),
    ],
)
def test_everything_else_is_left_to_python(tmp_path: Path, name: str, has_path: bool) -> None:
    """What is not found here is none of ours to say."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "json.py").touch()
    assert OwnModules.find_spec(name, [str(tmp_path)] if has_path else None) is None


@pytest.mark.usefixtures("writes_bytecode")
def test_bytecode_is_never_older_than_its_source(tmp_path: Path) -> None:
    """Loading a source leaves bytecode, which is taken as long as the source stays as it is, and not any longer."""
    source = tmp_path / "colour.py"
    source.write_text("NAME = 'red'\n")
    module = own_module("jettison.colour", tmp_path)
    assert (module.NAME, module.__file__) == ("red", str(source))
    assert module.__cached__ is not None
    bytecode = Path(module.__cached__)
    compiled = bytecode.read_bytes()
    assert own_module("jettison.colour", tmp_path).NAME == "red"
    assert bytecode.read_bytes() == compiled
    source.write_text("NAME = 'green'\n")
    assert own_module("jettison.colour", tmp_path).NAME == "green"
    assert bytecode.read_bytes() != compiled


@pytest.mark.usefixtures("writes_bytecode")
def test_broken_bytecode_is_compiled_anew(tmp_path: Path) -> None:
    """Of a file that is no bytecode of this Python nothing is run."""
    (tmp_path / "colour.py").write_text("NAME = 'red'\n")
    bytecode = Path(str(own_module("jettison.colour", tmp_path).__cached__))
    compiled = bytecode.read_bytes()
    bytecode.write_bytes(b"\0" * 16 + compiled[16:])
    assert own_module("jettison.colour", tmp_path).NAME == "red"
    assert bytecode.read_bytes() == compiled


def test_sources_and_resources_can_be_read(tmp_path: Path) -> None:
    """What debuggers and tracebacks ask a loader."""
    (tmp_path / "colour.py").write_text("NAME = 'red'\n")
    spec = OwnModules.find_spec("jettison.colour", [str(tmp_path)])
    assert spec is not None
    assert isinstance(spec.loader, importlib.abc.InspectLoader)
    assert spec.loader.get_source("jettison.colour") == "NAME = 'red'\n"


@pytest.mark.parametrize(
    ("options", "added"),
    [
        pytest.param([], 1, id="ordinarily"),
        pytest.param(["-O"], 0, id="optimized"),
        pytest.param(["-X", "pycache_prefix=/nowhere"], 0, id="bytecode elsewhere"),
    ],
)
def test_it_is_asked_where_bytecode_is_in_the_usual_place(options: list[str], added: int) -> None:
    """Once, however often it is installed; where bytecode has another name or place, Python finds it."""
    text = f"import sys; before = len(sys.meta_path); {INSTALL}; print(len(sys.meta_path) - before)"
    done = subprocess.run([sys.executable, *options, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == f"{added}\n"


@pytest.mark.parametrize("first", ["", "import urllib.parse; ", "import pathlib; "])
def test_pathlib_is_loaded_by_itself(first: str) -> None:
    """Without what it takes for addresses alone, which are made all the same; and once, whoever loaded it before."""
    script = (
        f"{first}from jettison.cli.loading import load_pathlib; load_pathlib(); load_pathlib(); import sys\n"
        "print('ipaddress' in sys.modules)\n"
        "import pathlib, urllib.parse\n"
        "print(pathlib.Path('/a b').as_uri(), urllib.parse.quote_from_bytes(b'/ '), urllib.parse.unquote('%20'))"
    )
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{script}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{bool(first)}\nfile:///a%20b /%20  \n"
