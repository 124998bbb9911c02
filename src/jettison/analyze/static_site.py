"""Whether all that an image's program does is to hand out files: then a web server does it, without the runtime.

Told of a script for node that imports nothing but what reads files and speaks HTTP, answers nothing that it computed,
and names a folder that holds a web site. It is what "build with node, serve with nginx" starts from.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from jettison.analyze.need import NAMED, Needs
from jettison.errors import BuildError, IntegrityError
from jettison.model.entry import EntryType
from jettison.model.tree import Tree
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.patterns import late_pattern

_SCRIPTS = (".js", ".mjs", ".cjs")
_MAX_SCRIPT_BYTES = 256 << 10
_MAX_NAMES = 500
_MAX_FILES = 100_000
_IMPORT = late_pattern(r"""\b(?:(?:require|import)\s*\(|from|import)\s*["']([^"'\n]+)""")
_TEXT = late_pattern(r"""(["'`])([^"'`\n]{1,200})\1""")
_SERVES = late_pattern(r"\bcreateServer\b")
_READS = late_pattern(r"\b(?:createReadStream|readFile|readFileSync)\b")
_COMPUTES = late_pattern(r"""\bJSON\.stringify\b|\.on\(\s*["']data["']|["'](?:POST|PUT|PATCH|DELETE)["']""")
_HARMLESS = frozenset(
    {
        *("buffer", "crypto", "events", "fs", "fs/promises", "http", "http2", "https", "os", "path", "path/posix"),
        *("process", "querystring", "stream", "stream/promises", "timers", "url", "util", "zlib"),
    }
)
"""Modules that are a part of node and with which no other program, data base or host is asked."""
_PAGES = frozenset({"htm", "html"})
_CONTENT = _PAGES | {
    *("css", "js", "mjs", "map", "json", "xml", "txt", "webmanifest", "wasm", "gz", "br", "pdf", "md"),
    *("avif", "gif", "ico", "jpeg", "jpg", "png", "svg", "webp", "mp3", "mp4", "ogg", "webm"),
    *("eot", "otf", "ttf", "woff", "woff2"),
}


def find_static_site(tree: Tree, needs: Needs, read_at: ReadAt, working_dir: str) -> str:
    """Image path of the folder that the program hands out; empty where it does more, or nobody can tell."""
    script = _script(needs)
    text = _read(ImageFiles(tree, read_at), script) if script else ""
    if not text or not _SERVES.search(text) or not _READS.search(text) or _COMPUTES.search(text):
        return ""
    imports = {match[1].removeprefix("node:") for match in _IMPORT.finditer(text)}
    if not imports <= _HARMLESS:
        return ""
    found = [folder for folder in _named_folders(tree, text, script, working_dir) if _is_site(tree, folder)]
    return found[0] if len(found) == 1 else ""


def _script(needs: Needs) -> str:
    program = posixpath.basename(needs.interpreter or needs.program)
    if program not in ("node", "nodejs"):
        return ""
    named = [path for path, why in needs.reasons.items() if why == NAMED and path.endswith(_SCRIPTS)]
    if needs.interpreter:
        return needs.program
    return named[0] if len(named) == 1 else ""


def _read(files: ImageFiles, path: str) -> str:
    try:
        return files.text(path, _MAX_SCRIPT_BYTES) or ""
    except IntegrityError:
        return ""


def _named_folders(tree: Tree, text: str, script: str, working_dir: str) -> Iterator[str]:
    """The folders that a script names, from where it lies or where it is started; never one that it lies in itself."""
    seen: set[str] = set()
    for match in _TEXT.finditer(text):
        for start in (working_dir or "/", posixpath.dirname(f"/{script}")):
            try:
                path = tree.resolve(posixpath.join(start, match[2]))
            except BuildError:
                continue
            entry = tree.get(path)
            is_new = path not in seen and len(seen) < _MAX_NAMES
            seen.add(path)
            is_folder = path and entry is not None and entry.type is EntryType.DIRECTORY
            if is_new and is_folder and not script.startswith(f"{path}/"):
                yield path


def _is_site(tree: Tree, folder: str) -> bool:
    """Whether there are pages, and nothing but what browsers load."""
    suffixes = set()
    for number, entry in enumerate(tree.walk(folder)):
        if number >= _MAX_FILES:
            return False
        if entry.type is not EntryType.DIRECTORY:
            suffixes.add(entry.path.rpartition("/")[2].rpartition(".")[2].lower())
    return bool(suffixes & _PAGES) and suffixes <= _CONTENT
