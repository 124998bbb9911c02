"""Whether all that an image's program does is to hand out files: then a web server does it, without the runtime.

Told of web servers by their settings, of servers that are known to do nothing else, by their command line, and of a
script for node that imports nothing but what reads files and speaks HTTP, answers nothing that it computed, and names a
folder. In all cases the folder has to hold a web site. It is what "build with node, serve with nginx" starts from. What
a server would make of sources when it starts is in no image: where the pages are not there, nothing is told.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from jettison.analyze.need import NAMED, Needs
from jettison.analyze.web_servers import Served, find_served
from jettison.errors import BuildError, IntegrityError
from jettison.frozen import replace
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.patterns import late_pattern
from jettison.tuples import NamedTuple

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
    *("buildinfo", "cname", "htaccess", "inv", "license", "nojekyll", "rss", "rst"),
}


_MANIFESTS = frozenset(
    {
        *("package.json", "mkdocs.yml", "mkdocs.yaml", "hugo.toml", "hugo.yaml", "_config.yml", "Gemfile", "book.toml"),
        *("antora.yml", "pelicanconf.py", "elm.json", "deno.json", "angular.json"),
    }
)
"""Files that tell where something is made."""
_IN_PACKAGES = late_pattern(r"/(?:node_modules|vendor|site-packages|dist-packages|gems|usr/lib|usr/share|go/pkg)/")
_CGI = "--cgi"


class Site(NamedTuple):
    """A folder of pages, and what hands it out."""

    folder: str
    """Image path."""
    server: str
    """For people: ``/app/serve.js``, ``vite preview``."""
    settings: tuple[str, ...] = ()
    """Image paths of what the server is told by."""
    is_alone: bool = False
    """Whether the server is no part of what makes the pages, and needs nothing of it."""
    projects: tuple[str, ...] = ()
    """Image paths of the folders that pages are made in, where it is alone."""

    def needs(self, needs: Needs) -> Needs:
        """What the program needs, with the pages."""
        why = f"handed out by {self.server}"
        return replace(
            needs,
            reasons={**needs.reasons, **dict.fromkeys(self.settings, f"settings of {self.server}")},
            folders={**needs.folders, self.folder: why},
        )


def find_static_site(
    tree: Tree, needs: Needs, read_at: ReadAt, working_dir: str, *, base_layers: int = 0
) -> Site | None:
    """What the program hands out; None where it does more, or nobody can tell."""
    served = find_served(tree, needs, read_at, working_dir)
    if served is not None:
        return _site_of(tree, needs, served, base_layers)
    known = _known_server(needs.words) if needs.program else None
    if known is not None:
        folders, server = _served_folders(tree, known, needs.words, working_dir), known.name
    else:
        script = _script(needs)
        folders, server = _folders_of(tree, script, read_at, working_dir), f"/{script}"
    found = _sites(tree, folders)
    if len(found) != 1:
        return None
    is_alone = known is not None and known.is_alone
    projects = _projects(tree, found[0], base_layers) if is_alone else ()
    return Site(folder=found[0], server=server, is_alone=is_alone, projects=projects)


def _site_of(tree: Tree, needs: Needs, served: Served, base_layers: int) -> Site | None:
    """What a web server hands out; its own pages, which lie in the base image, do not count beside others."""
    pages = [folder for folder in served.folders if any(_suffix(entry.path) in _PAGES for entry in tree.walk(folder))]
    own = [folder for folder in pages if _is_in_base(tree, folder, base_layers)]
    found = [folder for folder in pages if folder not in own] or own
    if len(found) != 1:
        return None
    return Site(
        folder=found[0],
        server=f"/{needs.program}",
        settings=served.settings,
        is_alone=True,
        projects=_projects(tree, found[0], base_layers),
    )


def _is_in_base(tree: Tree, folder: str, base_layers: int) -> bool:
    files = (entry.path for entry in tree.walk(folder) if entry.type is not EntryType.DIRECTORY)
    return all(tree.layer_numbers.get(path, 0) < base_layers for path in files)


def _projects(tree: Tree, site: str, base_layers: int) -> tuple[str, ...]:
    """The folders above the base image with sources of pages; those that lie in another one are not told."""
    found: list[str] = []
    for path in sorted(path for path in tree.paths() if path.rpartition("/")[2] in _MANIFESTS):
        folder = path.rpartition("/")[0]
        is_own = tree.layer_numbers.get(path, 0) >= base_layers and not _IN_PACKAGES.search(f"/{path}")
        if folder and is_own and not f"{folder}/".startswith((f"{site}/", *(f"{each}/" for each in found))):
            found.append(folder)
    return tuple(found)


def is_script(entry: Entry) -> bool:
    """Whether :func:`find_static_site` may look into a file; not one of a package that was installed."""
    return entry.size <= _MAX_SCRIPT_BYTES and entry.path.endswith(_SCRIPTS) and "node_modules/" not in entry.path


class _Server(NamedTuple):
    """A program that hands out files and does nothing else, once its pages are made."""

    name: str
    folder: str
    """Where it takes them from, if no word of its command line names a folder."""
    is_alone: bool = False
    """Whether it needs nothing of the folder in which the pages were made."""


_SERVERS: Mapping[str, _Server] = {
    each.name: each
    for each in (
        _Server("http.server", ".", is_alone=True),
        _Server("SimpleHTTPServer", ".", is_alone=True),
        _Server("darkhttpd", ".", is_alone=True),
        _Server("miniserve", ".", is_alone=True),
        _Server("thttpd", ".", is_alone=True),
        _Server("static-web-server", "public", is_alone=True),
        _Server("serve", "."),
        _Server("http-server", "public"),
        _Server("sirv", "."),
        _Server("vite preview", "dist"),
        _Server("astro preview", "dist"),
        _Server("docusaurus serve", "build"),
        _Server("gatsby serve", "public"),
        _Server("eleventy --serve", "_site"),
        _Server("hugo server", "public"),
        _Server("hugo serve", "public"),
        _Server("mkdocs serve", "site"),
        _Server("jekyll serve", "_site"),
        _Server("sphinx-autobuild", "_build/html"),
    )
}
"""By the words that a command line begins with; of ``python -m NAME`` by the name of the module."""


def _known_server(words: Sequence[str]) -> _Server | None:
    if not words or _CGI in words:
        return None
    name, rest = posixpath.basename(words[0]), words[1:]
    if name.startswith("python") and "-m" in rest:
        rest = rest[rest.index("-m") + 1 :]
        name, rest = (rest[0], rest[1:]) if rest else ("", rest)
    return _SERVERS.get(name) or next((_SERVERS[both] for word in rest if (both := f"{name} {word}") in _SERVERS), None)


def _served_folders(tree: Tree, server: _Server, words: Sequence[str], working_dir: str) -> list[str]:
    """The folders that the command line names (``DIR``, ``--directory=DIR``), else the one of the server."""
    for names in (words[1:_MAX_NAMES], (server.folder,)):
        places = [_resolved(tree, posixpath.join(working_dir or "/", name.rpartition("=")[2])) for name in names]
        found = [path for path in dict.fromkeys(places) if path and tree.children(path)]
        if found:
            return found
    return []


def _folders_of(tree: Tree, script: str, read_at: ReadAt, working_dir: str) -> list[str]:
    """The folders that a script for node names, if handing out files is all that it does."""
    text = _read(ImageFiles(tree, read_at), script) if script else ""
    if not text or not _SERVES.search(text) or not _READS.search(text) or _COMPUTES.search(text):
        return []
    imports = {match[1].removeprefix("node:") for match in _IMPORT.finditer(text)}
    return list(_named_folders(tree, text, script, working_dir)) if imports <= _HARMLESS else []


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
            path = _resolved(tree, posixpath.join(start, match[2]))
            entry = tree.get(path)
            is_new = path not in seen and len(seen) < _MAX_NAMES
            seen.add(path)
            is_folder = path and entry is not None and entry.type is EntryType.DIRECTORY
            if is_new and is_folder and not script.startswith(f"{path}/"):
                yield path


def _resolved(tree: Tree, path: str) -> str:
    try:
        return tree.resolve(path)
    except BuildError:  # links in a loop
        return ""


def _sites(tree: Tree, folders: Sequence[str]) -> list[str]:
    """Those in which there are pages, and nothing but what browsers load; none where it takes too long to tell."""
    found, left = [], _MAX_FILES
    for folder in folders:
        suffixes = set()
        for entry in tree.walk(folder):
            left -= 1
            if left < 0:
                return []
            if entry.type is not EntryType.DIRECTORY:
                suffix = _suffix(entry.path)
                suffixes.add(suffix)
                if suffix not in _CONTENT:
                    break
        if suffixes & _PAGES and suffixes <= _CONTENT:
            found.append(folder)
    return found


def _suffix(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()
