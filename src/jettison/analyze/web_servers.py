"""Web servers in an image: which folders the one that the image starts hands out, by its command line and its settings.

Known are nginx and OpenResty, Caddy, Apache's httpd, and that of busybox. What else a server does is not told as long
as handing out files is not all.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from jettison.analyze.need import Needs
from jettison.analyze.web_settings import WebSettings, read_apache, read_busybox, read_caddy, read_nginx
from jettison.errors import BuildError, IntegrityError
from jettison.model.entry import Entry
from jettison.model.tree import Tree
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.tuples import NamedTuple

_MAX_SETTINGS_BYTES = 256 << 10
_MAX_IN_ALL_BYTES = 1 << 20
_MAX_NAMED = 300
_WILD = frozenset("*?[")
_NGINX_SETTINGS = (
    "etc/nginx/nginx.conf",
    "usr/local/nginx/conf/nginx.conf",
    "usr/local/openresty/nginx/conf/nginx.conf",
)
_NGINX_FOLDER = "etc/nginx"
_NGINX_TEMPLATES = "etc/nginx/templates/*"
"""What the entry point of its image makes settings of, with the values of variables."""
_NGINX_PAGES = ("etc/nginx/html", "usr/share/nginx/html", "usr/local/nginx/html", "usr/local/openresty/nginx/html")
"""Where one is that settings name by ``root html``, or do not name: below what nginx was compiled for."""
_APACHE_SETTINGS = (
    *("usr/local/apache2/conf/httpd.conf", "etc/apache2/apache2.conf", "etc/apache2/httpd.conf"),
    *("etc/httpd/conf/httpd.conf", "opt/bitnami/apache/conf/httpd.conf"),
)
_APACHE = frozenset(
    {"httpd", "apache2", "apachectl", "apache2ctl", "httpd-foreground", "apache2-foreground"},
)
_SITES = ("/sites-available/", "/sites-enabled/")


class Served(NamedTuple):
    """What a web server hands out."""

    folders: tuple[str, ...]
    """Image paths."""
    settings: tuple[str, ...]
    """Image paths of the files that say so."""


def is_settings(entry: Entry) -> bool:
    """Whether :func:`find_served` may look into a file."""
    path = entry.path
    return entry.size <= _MAX_SETTINGS_BYTES and (
        path.endswith((".conf", ".load", ".template", "Caddyfile", ".caddyfile"))
        or any(place in path for place in _SITES)
    )


def find_served(tree: Tree, needs: Needs, read_at: ReadAt, working_dir: str) -> Served | None:
    """What the program hands out; None where it is no web server that is known, or where it does more."""
    if not needs.program or not needs.words:
        return None
    return _Finder(tree, needs, ImageFiles(tree, read_at), working_dir or "/").find()


def _nothing(path: str) -> Sequence[str]:
    return ()


class _Finder:
    """Reads the settings of one server."""

    def __init__(self, tree: Tree, needs: Needs, files: ImageFiles, working_dir: str) -> None:
        self._tree = tree
        self._files = files
        self._words = needs.words
        self._program = needs.program
        self._working_dir = working_dir
        self._read: dict[str, None] = {}
        self._left_bytes = _MAX_IN_ALL_BYTES
        """How much more is read: settings may include themselves, twice."""

    def find(self) -> Served | None:
        name = posixpath.basename(self._words[0])
        if name in ("nginx", "openresty"):
            return self._nginx()
        if name == "caddy":
            return self._caddy()
        if name == "busybox":
            return self._busybox(self._words[2:]) if self._words[1:2] == ("httpd",) else None
        if name in _APACHE:
            settings = next(filter(self._is_file, _APACHE_SETTINGS), "")
            settings = self._option("-f") or settings
            if settings and not self._is_busybox():
                return self._apache(settings)
            return self._busybox(self._words[1:]) if name == "httpd" else None
        return None

    def _nginx(self) -> Served | None:
        settings = self._option("-c") or next(filter(self._is_file, _NGINX_SETTINGS), "")
        if not self._is_file(settings):  # it is made when the container starts
            settings = self._only_template()
        found = self._settings(settings, read_nginx, posixpath.dirname(f"/{settings}"))
        if found is None or any(read_nginx(text, _nothing).does_more for text in self._included(_NGINX_TEMPLATES)):
            return None
        places = [place for place in (self._option("-p"), *map(posixpath.dirname, _NGINX_PAGES)) if place]
        folders = found.folders or ["html"]
        return self._served(each for folder in folders for each in self._below_first(places, folder))

    def _only_template(self) -> str:
        names = [name for name in self._tree.children(_NGINX_FOLDER) if name.endswith(".template")]
        return f"{_NGINX_FOLDER}/{names[0]}" if len(names) == 1 else ""

    def _caddy(self) -> Served | None:
        if self._words[1:2] == ("file-server",):
            return self._served((self._value(self._words, "--root", "-r") or self._working_dir,))
        if self._words[1:2] != ("run",):
            return None
        settings = self._option("--config", "-c") or self._place("Caddyfile")
        found = self._settings(settings, read_caddy, posixpath.dirname(f"/{settings}"))
        return self._served(found.folders or (self._working_dir,)) if found is not None and found.is_on else None

    def _apache(self, settings: str) -> Served | None:
        defined = [after for word, after in zip(self._words, self._words[1:], strict=False) if word == "-D"]
        defined += [word[2:] for word in self._words if word.startswith("-D") and len(word) > 2]
        root = posixpath.dirname(f"/{settings}")
        if posixpath.basename(root) == "conf":
            root = posixpath.dirname(root)
        found = self._settings(settings, lambda text, included: read_apache(text, included, defined), root)
        return self._served(posixpath.join(root, folder) for folder in found.folders) if found is not None else None

    def _busybox(self, words: Sequence[str]) -> Served | None:
        settings = self._place(self._value(words, "-c") or "/etc/httpd.conf")
        folder = self._value(words, "-h") or self._working_dir
        found = WebSettings()
        if self._is_file(settings):
            self._read[settings] = None
            found = read_busybox(self._text(settings))
        served = self._served([*found.folders, folder][:1])
        runs_programs = served is not None and any(self._tree.has(f"{each}/cgi-bin") for each in served.folders)
        return None if found.does_more or runs_programs else served

    def _settings(
        self, path: str, read: Callable[[str, Callable[[str], Sequence[str]]], WebSettings], root: str
    ) -> WebSettings | None:
        """What the file says with all that it includes; None where there is none, or the server does more."""
        if not self._is_file(path):
            return None
        self._read[path] = None
        found = read(self._text(path), lambda wanted: [*self._included(posixpath.join(root, wanted))])
        for named in found.named[:_MAX_NAMED]:
            place = self._place(named)
            if self._is_file(place):
                self._read[place] = None
        return found if self._left_bytes > 0 and not found.does_more else None

    def _included(self, wanted: str) -> Iterator[str]:
        """The texts of the files that a path with wildcards in its last part means, or of all in a folder."""
        if self._left_bytes <= 0:
            return
        folder, _, name = wanted.strip("/").rpartition("/")
        folder = self._place(f"/{folder}")
        names = [each for each in self._tree.children(folder) if fnmatchcase(each, name)] if _WILD & {*name} else [name]
        for each in names:
            path = self._place(f"/{folder}/{each}")
            if self._is_file(path) and self._left_bytes > 0:
                text = self._text(path)
                self._left_bytes -= max(len(text), 1)
                self._read[path] = None
                yield text

    def _served(self, folders: Iterator[str] | Sequence[str]) -> Served | None:
        """Those of the folders that are there; None where one is not told, or none is there."""
        found: dict[str, None] = {}
        for folder in folders:
            if "$" in folder or "{" in folder:
                return None
            path = self._place(folder)
            if path and self._tree.children(path):
                found[path] = None
        return Served(tuple(found), tuple(self._read)) if found else None

    def _below_first(self, places: Sequence[str], folder: str) -> Sequence[str]:
        """A folder in the first of the places that has it."""
        below = [posixpath.join("/", place, folder) for place in places]
        return [next((each for each in below if self._tree.has(each)), below[0])]

    def _option(self, *flags: str) -> str:
        """The image path that one of the flags names."""
        value = self._value(self._words, *flags)
        return self._place(value) if value else ""

    def _value(self, words: Sequence[str], *flags: str) -> str:
        """What follows one of the flags: in the same word, or in the next one."""
        for number, word in enumerate(words):
            if word in flags:
                return words[number + 1] if number + 1 < len(words) else ""
            for flag in flags:
                if word.startswith(f"{flag}=" if flag.startswith("--") else flag):
                    return word.removeprefix(flag).removeprefix("=")
        return ""

    def _place(self, path: str) -> str:
        try:
            return self._tree.resolve(posixpath.normpath(posixpath.join(self._working_dir, path)))
        except BuildError:  # links in a loop
            return ""

    def _is_file(self, path: str) -> bool:
        return bool(path) and self._files.file(path) is not None

    def _is_busybox(self) -> bool:
        program = self._files.file(self._program)
        return program is not None and posixpath.basename(program.path) == "busybox"

    def _text(self, path: str) -> str:
        try:
            return self._files.text(path, _MAX_SETTINGS_BYTES) or ""
        except IntegrityError:
            return ""
