"""Which files the image's program needs to run, and why that is known: followed from the command in the config.

Followed are scripts to their interpreters, programs to their loader and libraries (ELF: NEEDED, RUNPATH), interpreters
to their standard library and to packages beside them. What else a program opens nobody knows: such files are neither
needed nor useless, but unknown.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from jettison.analyze.command_lines import MAX_COMMANDS, SHELLS, CommandLines, shell_commands
from jettison.analyze.package_scripts import MAX_MANIFEST_BYTES
from jettison.errors import BuildError, IntegrityError
from jettison.frozen import dataclass, field
from jettison.model.config import RunConfig
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.packages.elf_links import ElfLinks, read_links
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.node import MANIFEST
from jettison.patterns import late_pattern

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LIBRARY_FOLDERS = ("lib", "usr/lib", "usr/local/lib", "lib64", "usr/lib64")
_PYTHON = late_pattern(r"python(\d\.\d+)?|python3|pypy3?")
_PYTHON_LIBRARY = late_pattern(r"(usr|usr/local|opt/[^/]+)/lib(64)?/python\d\.\d+")
_ZONES = "usr/share/zoneinfo/"
_CERTIFICATES = b"/etc/ssl/certs"
_TLS = ("libssl", "libcurl", "libgnutls", "libmbedtls", "libnss3", "libs2n", "libwolfssl")
"""Libraries that look for certificates themselves, without a word of it in the program."""
_SUPPORT: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (_CERTIFICATES, ("etc/ssl/certs/",)),
    (b"/usr/share/zoneinfo", (_ZONES,)),
    (b"/etc/passwd", ("etc/passwd", "etc/group")),
    (b"/etc/nsswitch.conf", ("etc/nsswitch.conf",)),
)
"""Text in a program -> what it opens then: certificates, time zones, names of users."""
_NO_ZONE = frozenset({"", "UTC", "Etc/UTC", "UTC0"})
_CHUNK_BYTES = 1 << 20
_MAX_PROGRAM_BYTES = 512 << 20
_SHEBANG_BYTES = 256
_MAX_ENTRY_POINT_BYTES = 64 << 10
_MAX_FOLDERS = 200
"""Of a search path. No image that is meant well has as many."""
_MAX_FOLLOWED = 20_000
"""Files; no program starts with more libraries."""
NAMED = "named by the image's command"
"""Why a file is needed that stands among the arguments."""
USER = "it has the name of the image's user"
"""Why a file is needed in which the names of users or groups stand."""
ENVIRONMENT = "virtual environment of the program"
"""Why a folder is needed that is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the program of an image needs."""

    program: str = ""
    """Image path of the program that the config names, or of the script; empty where there is none."""
    interpreter: str = ""
    """Image path of what runs the script, where it is one."""
    words: tuple[str, ...] = ()
    """The command line of the program, without the shell or the package manager around it."""
    is_native: bool = False
    """Whether the program is compiled, and neither an interpreter or a shell nor started by one."""
    is_static: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Image path of a needed file -> why."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """Image path of a folder of which everything counts as needed -> why."""
    spoken_of: tuple[str, ...] = ()
    """Beginnings of image paths that stand in the program's own bytes, of those that minimal base images have."""
    sets_zone: bool = False
    """Whether the image sets a time zone other than UTC. Nearly every program could read the data of zones."""
    started: tuple[str, ...] = ()
    """Image paths of all programs that are started, shells and interpreters among them."""
    checks_by_shell: bool = False
    """Whether the health check is a line for the shell, which is no companion: it can be written without one."""
    missing: tuple[str, ...] = ()
    """Libraries that are not in the image."""
    links: Mapping[str, ElfLinks] = field(default_factory=dict, repr=False)
    """What was read of the needed ELF files."""

    @property
    def runs_jar(self) -> bool:
        """Whether the program is an archive of compiled Java."""
        return posixpath.basename(self.program) == "java" and "-jar" in self.words

    @property
    def is_open(self) -> bool:
        """Whether the image starts no program of its own: nothing, a shell that waits for commands, an interpreter."""
        return not self.program or (not self.words[1:] and _is_interpreter(self.program))

    @property
    def companions(self) -> tuple[str, ...]:
        """What is started beside the program: a shell, an entry point, a health check."""
        return tuple(path for path in self.started if path != self.program)

    @property
    def support(self) -> tuple[str, ...]:
        """What of ``spoken_of`` the program will read. Nobody reads the data of time zones as long as none is set."""
        if not self.is_native or self.sets_zone:
            return self.spoken_of
        return tuple(path for path in self.spoken_of if path != _ZONES)

    def in_environment(self, path: str) -> bool:
        """Whether a file lies in the virtual environment of the program."""
        return any(why == ENVIRONMENT and path.startswith(f"{folder}/") for folder, why in self.folders.items())

    def reason(self, path: str) -> str:
        """Why a file or a folder is needed; empty where nothing tells that it is."""
        known = self.reasons.get(path, "")
        while self.folders and not known and path:
            known = self.folders.get(path, "")
            path = path.rpartition("/")[0]
        return known


_INTERPRETERS = frozenset(
    {
        *("python", "pypy", "node", "nodejs", "deno", "bun", "ruby", "perl", "php", "php-fpm", "java", "lua", "luajit"),
        *("R", "Rscript", "julia", "erl", "beam.smp", "dotnet", "mono", "guile", "tclsh", "wish", "gawk", "awk"),
    }
)
"""Compiled programs that run others: what those need is not told by the libraries of these."""


def _is_interpreter(path: str) -> bool:
    name = posixpath.basename(path)
    return name in SHELLS or name in _INTERPRETERS or name.rstrip("0123456789.") in _INTERPRETERS


def _speaks_tls(path: str) -> bool:
    return posixpath.basename(path).startswith(_TLS)


def find_needs(tree: Tree, run: RunConfig, read_at: ReadAt) -> Needs:
    """Follow the command of an image; nothing in the image makes it raise."""
    search = _Search(tree, run, read_at)
    search.follow_user()
    search.follow_command()
    return search.result()


class _Search:
    def __init__(self, tree: Tree, run: RunConfig, read_at: ReadAt) -> None:
        self._tree = tree
        self._files = ImageFiles(tree, read_at)
        self._run = run
        self._environment = run.environment()
        self._reasons: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        self._links: dict[str, ElfLinks] = {}
        self._missing: dict[str, None] = {}
        self._program = ""
        self._words: tuple[str, ...] = ()
        self._interpreter = ""
        self._lines = CommandLines(self._script, self._manifest)
        self._started: dict[str, None] = {}
        self._interpreters: set[str] = set()
        """Those that were followed."""
        self._pending: list[str] = []
        self._library_folders: tuple[str, ...] = ()

    def follow_user(self) -> None:
        """Names of users and groups are looked up in the image when a container starts; numbers are not."""
        user, _, group = self._run.user.partition(":")
        for path, name in (("etc/passwd", user), ("etc/group", group)):
            if name and not name.isdecimal():
                self._need(path, USER)

    def follow_command(self) -> None:
        words = [*(self._run.entrypoint or ()), *(self._run.cmd or ())]
        for command in self._lines.commands(words):
            self._follow_words(command, "started by the image's command", is_main=True)
        test = self._run.healthcheck.test if self._run.healthcheck is not None else ()
        checks = [list(test[1:])] if test[:1] == ("CMD",) else []
        if test[:1] == ("CMD-SHELL",):
            checks = shell_commands(test[1] if len(test) > 1 else "")
        for check in checks:
            self._follow_words(check, "started by the health check", is_main=False)

    def result(self) -> Needs:
        program = self._interpreter or self._program
        links = self._links.get(program)
        is_native = links is not None and not self._interpreter and not _is_interpreter(program)
        return Needs(
            program=self._program,
            interpreter=self._interpreter,
            words=self._words,
            is_native=is_native,
            is_static=is_native and links is not None and not links.loader and not links.libraries,
            reasons=self._reasons,
            folders=self._folders,
            spoken_of=self._spoken_of(),
            sets_zone=self._environment.get("TZ", "").lstrip(":") not in _NO_ZONE,
            started=tuple(self._started),
            checks_by_shell=self._run.healthcheck is not None and self._run.healthcheck.test[:1] == ("CMD-SHELL",),
            missing=tuple(self._missing),
            links=self._links,
        )

    def _spoken_of(self) -> tuple[str, ...]:
        """All, where the program is no compiled one: who knows what it opens."""
        everything = tuple(path for _, paths in _SUPPORT for path in paths)
        entry = self._files.file(self._program) if self._program else None
        if entry is None or self._interpreter or entry.path not in self._links or entry.size > _MAX_PROGRAM_BYTES:
            return everything
        if _is_interpreter(entry.path):
            return everything
        found = {_CERTIFICATES} if any(map(_speaks_tls, self._links)) else set[bytes]()
        tail = b""
        try:
            for offset in range(0, entry.size, _CHUNK_BYTES):
                data = tail + self._files.at(entry, offset, min(_CHUNK_BYTES, entry.size - offset))
                found.update(text for text, _ in _SUPPORT if text in data)
                tail = data[-64:]
        except IntegrityError:
            return everything
        return tuple(path for text, paths in _SUPPORT if text in found for path in paths)

    def _script(self, name: str) -> str:
        entry = self._files.file(self._find_program(name))
        if entry is None or entry.size > _MAX_ENTRY_POINT_BYTES:
            return ""
        try:
            text = self._files.text(entry.path) or ""
        except IntegrityError:
            return ""
        return text if text.startswith("#!") else ""

    def _manifest(self) -> str:
        path = self._resolve(posixpath.join(self._run.working_dir or "/", MANIFEST))
        try:
            return self._files.text(path, MAX_MANIFEST_BYTES) or ""
        except IntegrityError:
            return ""

    def _follow_words(self, words: list[str], reason: str, *, is_main: bool) -> None:
        path = self._find_program(words[0]) if words else ""
        if not path:
            return
        if is_main:  # until another one follows
            self._program, self._words, self._interpreter = path, tuple(words), ""
        self._started[path] = None
        self._need(path, reason)
        for word in words[1:MAX_COMMANDS]:
            place = self._resolve(posixpath.join(self._run.working_dir or "/", word))
            entry = self._tree.get(place)
            if word and entry is not None and entry.type in (EntryType.FILE, EntryType.HARDLINK):
                self._need(place, NAMED)
        interpreter = self._follow_all()
        if interpreter:
            self._started[interpreter] = None
            if is_main:
                self._interpreter = interpreter
        self._follow_interpreter(interpreter or path, words[0])

    def _find_program(self, name: str) -> str:
        if "/" in name:
            candidates = [posixpath.join(self._run.working_dir or "/", name)]
        else:
            folders = self._environment.get("PATH", _DEFAULT_PATH).split(":", _MAX_FOLDERS)[:_MAX_FOLDERS]
            if self._lines.runs_scripts:
                folders.append(posixpath.join(self._run.working_dir or "/", "node_modules/.bin"))
            candidates = [posixpath.join("/", folder, name) for folder in folders]
        for candidate in candidates:
            path = self._resolve(candidate)
            entry = self._tree.get(path)
            if entry is not None and entry.type in (EntryType.FILE, EntryType.HARDLINK):
                self._note_environment(candidate)
                return path
        return ""

    def _resolve(self, path: str) -> str:
        try:
            return self._tree.resolve(path)
        except BuildError:  # links in a loop
            return path.strip("/")

    def _note_environment(self, candidate: str) -> None:
        """A virtual environment is where the program was found, links not followed."""
        folder = posixpath.dirname(posixpath.dirname(posixpath.normpath(candidate))).strip("/")
        if folder and f"{folder}/pyvenv.cfg" in self._tree.entries:
            self._folders[folder] = ENVIRONMENT

    def _need(self, path: str, reason: str) -> None:
        if path not in self._reasons and len(self._reasons) < _MAX_FOLLOWED:
            self._reasons[path] = reason
            content = self._files.file(path)
            if content is not None and content.path != path:
                self._reasons.setdefault(content.path, reason)
            self._pending.append(path)

    def _follow_all(self) -> str:
        """Follow what was found; the interpreter of the last script, if any was one."""
        interpreter = ""
        while self._pending:
            path = self._pending.pop()
            entry = self._files.file(path)
            if entry is None or not entry.size:
                continue
            try:
                links = self._read_links(entry)
                if links is not None:
                    self._links[path] = links  # it may be another name of the file
                    self._follow_links(path, links)
                elif (entry.mode & 0o111) and (found := self._shebang(entry)):
                    interpreter = found
                    self._need(found, f"interpreter of /{path}")
            except IntegrityError as error:
                self._files.note(path, f"not followed: {error.message}")
        return interpreter

    def _read_links(self, entry: Entry) -> ElfLinks | None:
        links = self._links.get(entry.path)
        if links is None:
            links = read_links(lambda offset, size: self._files.at(entry, offset, size), entry.size)
            if links is not None:
                self._links[entry.path] = links
        return links

    def _shebang(self, entry: Entry) -> str:
        start = self._files.at(entry, 0, min(entry.size, _SHEBANG_BYTES))
        if not start.startswith(b"#!"):
            return ""
        words = start[2:].partition(b"\n")[0].decode("utf-8", "replace").split()
        if words and posixpath.basename(words[0]) == "env":
            words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        return self._find_program(words[0]) if words else ""

    def _follow_links(self, path: str, links: ElfLinks) -> None:
        if links.loader:
            self._need_library(links.loader, f"loader of /{path}", path)
        origin = "/" + path.rpartition("/")[0]
        folders = [folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for folder in links.folders]
        more = self._environment.get("LD_LIBRARY_PATH", "").split(":", _MAX_FOLDERS)
        folders = [folder for folder in (*folders, *more) if folder][:_MAX_FOLDERS]
        for name in links.libraries:
            self._need_library(name, f"library of /{path}", path, folders)

    def _need_library(self, name: str, reason: str, program: str, folders: Iterable[str] = ()) -> None:
        if "/" in name:
            candidates = [name]
        else:
            candidates = [posixpath.join(folder, name) for folder in (*folders, *self._search_folders())]
        for candidate in candidates:
            path = self._resolve(candidate)
            entry = self._tree.get(path)
            if entry is not None and entry.type in (EntryType.FILE, EntryType.HARDLINK):
                self._need(path, reason)
                return
        self._missing[f"{name} (of /{program})"] = None

    def _search_folders(self) -> tuple[str, ...]:
        """Where the loader looks: the folders of the system, and those in them that are named after an architecture."""
        if not self._library_folders:
            found = []
            for folder in _LIBRARY_FOLDERS:
                place = self._resolve(folder)
                found.append(place)
                found += [f"{place}/{name}" for name in self._tree.children(place) if name.count("-") >= 2]
            self._library_folders = tuple(dict.fromkeys(found))
        return self._library_folders

    def _follow_interpreter(self, path: str, command: str) -> None:
        """An interpreter needs its standard library, and the extensions of that want libraries of their own."""
        if path in self._interpreters:
            return
        self._interpreters.add(path)
        name = posixpath.basename(path)
        if _PYTHON.fullmatch(name):
            version = name.removeprefix("python") if name.count(".") else ""
            for place in self._tree.paths():
                if place.endswith(version) and _PYTHON_LIBRARY.fullmatch(place):
                    self._folders.setdefault(place, f"standard library and packages of /{path}")
            self._folders.setdefault("usr/lib/python3/dist-packages", f"packages of /{path}")
        elif name == "java" and (home := path.removesuffix("/bin/java")):
            self._folders.setdefault(home, f"runtime of /{path}")
        else:
            return
        for place in self._tree.paths():
            if ".so" in place and self._is_inside(place) and self._tree.entries[place].type is EntryType.FILE:
                self._need(place, f"loaded by /{path}")
        self._follow_all()

    def _is_inside(self, path: str) -> bool:
        return any(path.startswith(f"{folder}/") for folder in self._folders)
