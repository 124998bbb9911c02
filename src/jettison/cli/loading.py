"""Finds the program's own modules faster than Python does: a small build loads some two hundred, one by one.

Python's search is made for any kind of file in any folder. Here a module is the source file or the folder of its name,
and the kernel is asked once. Python's own loader then loads it: it still compares bytecode with the source, compiles
what is out of date, and knows nothing of bundles or copies. What is not found here is left to Python's own search.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_PACKAGE = "jettison."
_BYTECODE = f".{sys.implementation.cache_tag}.pyc"


class OwnModules:
    """A finder of modules (``importlib.abc.MetaPathFinder``)."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where the module is; None where it is not in the folder of its package."""
        if not path or not name.startswith(_PACKAGE):
            return None
        folder, own_name = path[0], name.rpartition(".")[2]
        try:
            return _spec(name, folder, own_name)
        except OSError:
            pass
        try:
            return _spec(name, f"{folder}/{own_name}", "__init__")
        except OSError:
            return None


def find_own_modules_first() -> None:
    """Find this program's modules here from now on, where their bytecode is in the usual place. Idempotent."""
    if OwnModules not in sys.meta_path and sys.pycache_prefix is None and not sys.flags.optimize:
        sys.meta_path.insert(0, OwnModules)


def load_pathlib() -> None:
    """Load :mod:`pathlib` without what it loads for ``file:`` addresses alone, as it does before Python 3.13.

    That is ``urllib.parse`` with ``ipaddress``: they are loaded when somebody asks for such an address, or imports
    them. No other thread may be loading modules.
    """
    name = "urllib.parse"
    if name in sys.modules:
        return
    stand_in = type(sys)(name)
    vars(stand_in)["quote_from_bytes"] = _quote_from_bytes
    sys.modules[name] = stand_in
    try:
        import pathlib  # noqa: F401
    except ImportError:
        pass  # it wants more than that: it is loaded with all of it where it is used
    finally:
        del sys.modules[name]


def _quote_from_bytes(text: bytes, safe: str = "/") -> str:
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(text, safe)


def _spec(name: str, folder: str, file_name: str) -> ModuleSpec:
    source = f"{folder}/{file_name}.py"
    loader = _Loader(name, source)
    loader.state = os.stat(source)
    spec = ModuleSpec(name, loader, origin=source)
    spec.has_location = True
    spec.cached = f"{folder}/__pycache__/{file_name}{_BYTECODE}"
    if file_name == "__init__":
        spec.submodule_search_locations = [folder]
    return spec


class _Loader(SourceFileLoader):
    """Python's loader, which already knows the state of the source and reads bytecode in one go."""

    state: os.stat_result

    def path_stats(self, path: object) -> dict[str, float]:
        return {"mtime": self.state.st_mtime, "size": self.state.st_size}

    def get_data(self, path: str) -> bytes:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(number, os.fstat(number).st_size)
        finally:
            os.close(number)
