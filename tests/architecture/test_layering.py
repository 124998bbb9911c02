"""The shape of the code: who may import whom, what the pure floors must not touch, and how long a file may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jettison import hints

SOURCE = Path(__file__).parents[2] / "src"

FLOORS: dict[str, int] = {
    "hints": -1,
    "jettison": 0,
    **dict.fromkeys(("errors", "frozen", "tuples", "patterns", "pools", "enums"), 0),
    **dict.fromkeys(("model", "text"), 1),
    **dict.fromkeys(("dockerfile", "packages", "hcl"), 2),
    **dict.fromkeys(("solve", "layer", "attest", "lint", "bake"), 3),
    "analyze": 4,
    "recall": 5,
    **dict.fromkeys(("store", "registry", "layout", "rootfs", "sandbox", "sources"), 6),
    **dict.fromkeys(("engine", "base"), 7),
    **dict.fromkeys(("report", "lsp"), 8),
    "tui": 9,
    "explore": 10,
    "cli": 11,
    "__main__": 12,
}
"""Packages and top-level modules by floor. A module imports its own package and lower floors, never a sibling."""

HIGHEST_PURE_FLOOR = FLOORS["analyze"]

IMPURE_MODULES = frozenset(
    name
    for names in (
        "fcntl fileinput glob mmap os pathlib shutil tarfile tempfile zipfile",  # files
        "sched time",  # the clock
        "asyncio ftplib http select selectors smtplib socket socketserver ssl urllib urllib3",  # the network
        "ctypes getpass grp multiprocessing platform pty pwd resource signal subprocess termios tty",  # the machine
        "random secrets uuid",  # chance
        "dbm logging rich shelve sqlite3 syslog",  # state and output
    )
    for name in names.split()
)

PURE_SUBMODULES = frozenset({"urllib.parse"})
"""Parts of the impure modules that only compute."""

IMPURE_CALLS = frozenset({"open", "print", "input", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"})

ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv"})

MAXIMUM_LINES = 500

LONGER_FILES: dict[str, str] = {}
"""Files over the limit (paths below the repository), with the reason why they are one idea all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One source file, parsed."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        """The first name below ``jettison``, which is what has a floor."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else parts[0]

    @property
    def place(self) -> str:
        return self.path.relative_to(SOURCE.parent).as_posix()

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything imported, inside functions too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = self.path.name == "__init__.py"
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, node.module] if node.module else parts)


def load_modules() -> list[Module]:
    modules = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = list(path.relative_to(SOURCE).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        modules.append(Module(name=".".join(parts), path=path, tree=ast.parse(path.read_bytes(), str(path))))
    return modules


MODULES = load_modules()


def floor_of(module: Module) -> int:
    return FLOORS[module.package]


def dotted_name(node: ast.expr) -> str:
    """``a.b.c`` of an attribute chain; empty where it does not start with a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted_name(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def layering_faults(module: Module) -> Iterator[str]:
    """What the module imports from a higher floor, or from a sibling on its own."""
    for line, name in module.imports():
        first, *rest = name.split(".")
        if first != "jettison" or not rest:
            continue
        other = rest[0] if rest[0] in FLOORS else "jettison"
        if other != module.package and FLOORS[other] >= floor_of(module) and FLOORS[other] > 0:
            yield f"{module.place}:{line}: {module.package} (floor {floor_of(module)}) imports {name} (floor {FLOORS[other]})"


def impurities(module: Module) -> Iterator[str]:
    """Imports and calls by which the module could reach files, clock, network, environment or processes."""
    for line, name in module.imports():
        pure = any(name == allowed or name.startswith(allowed + ".") for allowed in PURE_SUBMODULES)
        if name.split(".")[0] in IMPURE_MODULES and not pure:
            yield f"{module.place}:{line}: a pure package imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = dotted_name(node.func)
            if called in IMPURE_CALLS or called.removeprefix("datetime.") in IMPURE_CALLS:
                yield f"{module.place}:{node.lineno}: a pure package calls {called}()"


def environment_reads(module: Module) -> Iterator[str]:
    """Places that read or write the environment of the process."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and dotted_name(node.value) == "os":
            yield f"{module.place}:{node.lineno}: reads os.{node.attr}"
    for line, name in module.imports():
        if name.startswith("os.") and name.removeprefix("os.") in ENVIRONMENT:
            yield f"{module.place}:{line}: imports {name}"


def early_patterns(module: Module) -> Iterator[str]:
    """Places that compile a regular expression when the module is imported."""
    pending: list[ast.AST] = [module.tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and dotted_name(node.func) == "re.compile":
            yield f"{module.place}:{node.lineno}: compiles a pattern when it is imported"
        pending.extend(ast.iter_child_nodes(node))


def test_every_package_has_a_floor() -> None:
    """A new package is put on a floor before it is used."""
    assert {module.package for module in MODULES} - FLOORS.keys() == set()


def test_imports_go_down_only() -> None:
    """Nothing imports a higher floor or a sibling."""
    assert [fault for module in MODULES for fault in layering_faults(module)] == []


def test_lower_floors_are_pure() -> None:
    """Up to `analyze`, bytes and streams are handed in: no files, clock, network, environment or processes."""
    pure = [module for module in MODULES if floor_of(module) <= HIGHEST_PURE_FLOOR]
    assert [fault for module in pure for fault in impurities(module)] == []


def test_only_the_command_line_reads_the_environment() -> None:
    """A library that reads the environment answers differently for reasons nobody sees."""
    others = [module for module in MODULES if module.package != "cli"]
    assert [fault for module in others for fault in environment_reads(module)] == []


def test_names_for_annotations_come_from_where_they_load_nothing() -> None:
    """Loading `typing` takes as long as ten modules: `jettison.hints` has what it is needed for nearly everywhere."""
    wrong = [
        f"{module.place}: {', '.join(names)}"
        for module in MODULES
        if module.name != "jettison.hints"
        for node in module.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "typing"
        if (names := [name.name for name in node.names]) and set(names) <= set(hints.__all__)
    ]
    assert wrong == []


def test_patterns_are_compiled_late() -> None:
    """Compiling takes half a millisecond, and a run needs few of all patterns: `jettison.patterns` waits for the first use."""
    assert [fault for module in MODULES for fault in early_patterns(module)] == []


def test_every_module_says_what_it_is() -> None:
    """The first thing in a file is what it owns."""
    assert [module.place for module in MODULES if not ast.get_docstring(module.tree)] == []


def test_files_hold_one_idea() -> None:
    """A file longer than the limit is named in LONGER_FILES with its reason; a reason no longer needed goes."""
    lengths = {module.place: module.path.read_text(encoding="utf-8").count("\n") for module in MODULES}
    longer = {place for place, lines in lengths.items() if lines > MAXIMUM_LINES}
    assert longer == LONGER_FILES.keys()


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        pytest.param("jettison.model.digest", "from jettison.store import blobs", 1, id="upwards"),
        pytest.param("jettison.solve.keys", "from jettison.layer import index", 1, id="sibling"),
        pytest.param(
            "jettison.solve.keys", "def f():\n    import jettison.engine.build", 1, id="upwards in a function"
        ),
        pytest.param("jettison.solve.keys", "from ..engine import build", 1, id="upwards by a relative import"),
        pytest.param("jettison.solve.keys", "from jettison import store", 1, id="package taken from the root"),
        pytest.param("jettison.solve.keys", "from .events import Notice", 0, id="own package"),
        pytest.param("jettison.solve.keys", "from jettison import __version__", 0, id="the version"),
        pytest.param("jettison.engine.build", "from jettison.model.digest import Digest", 0, id="downwards"),
    ],
)
def test_layering_faults_are_seen(name: str, text: str, faults: int) -> None:
    """The test itself is right: these imports are faults, those are not."""
    path = SOURCE.joinpath(*name.split(".")).with_suffix(".py")
    assert len(list(layering_faults(Module(name=name, path=path, tree=ast.parse(text))))) == faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("import os.path", 1, id="os"),
        pytest.param("from urllib.request import urlopen", 1, id="urllib.request"),
        pytest.param("from urllib.parse import quote", 0, id="urllib.parse"),
        pytest.param("import datetime\ndatetime.datetime.now()", 1, id="clock"),
        pytest.param("open('x')", 1, id="open"),
        pytest.param("archive.open('x')", 0, id="a method called open"),
        pytest.param("import io, zlib, hashlib", 0, id="computing"),
    ],
)
def test_impurities_are_seen(text: str, faults: int) -> None:
    """The test itself is right about what is pure."""
    path = SOURCE / "jettison" / "solve" / "keys.py"
    module = Module(name="jettison.solve.keys", path=path, tree=ast.parse(text))
    assert len(list(impurities(module))) == faults
