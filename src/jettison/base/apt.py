"""A private apt: own sources, lists and package states; of this machine's apt only its network settings are read.

apt solves dependencies, checks signatures and downloads. Lists and packages are kept in a folder handed in, which many
processes may use at once. Runs without root.
"""

from __future__ import annotations

import difflib
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from jettison.base.control import Package, Paragraph, parse_paragraphs, parse_relations
from jettison.base.process import ToolError, run_tool
from jettison.base.sources import Source
from jettison.errors import BuildError, IntegrityError, NotFoundError, SandboxError
from jettison.frozen import dataclass
from jettison.patterns import late_pattern

_APT_HELPER = Path("/usr/lib/apt/apt-helper")
_NETWORK_SETTINGS = late_pattern(r"Acquire::(?:https?::|Check-|Retries|ForceIPv|Queue-Mode|Max-)")
_URI_LINE = late_pattern(r"'([^']+)' (\S+\.deb) ")
_UNKNOWN = late_pattern(
    r"Unable to locate package (\S+)"
    r"|Version '(\S+)' for '(\S+)' was not found"
    r"|Package '(\S+)' has no installation candidate"
    r"|Couldn't find any package by (?:glob|regex) '([^']+)'"
)
_UNREACHABLE = late_pattern(
    r"Could not resolve|Temporary failure|Could not connect|Unable to connect|Connection (?:failed|refused|timed)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A package of apt's answer: what the signed index says about it and where its file is."""

    package: Package
    url: str
    sha256: str

    @property
    def file_name(self) -> str:
        """As apt names the file in its own folder of archives."""
        package = self.package
        return f"{package.name}_{package.version.replace(':', '%3a')}_{package.architecture}.deb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Apt:
    """apt in a folder of its own; :meth:`update` comes first."""

    folder: Path
    """Private to this build: configuration and package states."""
    cache: Path
    """Shared between builds: lists and packages."""
    sources: tuple[Source, ...]
    architecture: str
    status: str = ""
    """What is installed already, as a dpkg status file."""

    def __post_init__(self) -> None:
        if shutil.which("apt-get") is None or not _APT_HELPER.exists():
            raise SandboxError(
                "apt is not installed: base images are made from Debian packages by apt",
                hint="run this on a Debian or Ubuntu machine",
            )
        lines = self._source_lines()
        for folder in (
            self._lists / "partial",
            self.packages_folder,
            self.folder / "parts",
            self.folder / "archives/partial",
        ):
            folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "status").write_text(self.status)
        (self.folder / "sources.list").write_text(lines)
        self.config_path.write_text(self._config())

    @property
    def packages_folder(self) -> Path:
        """Where downloaded packages are kept."""
        return self.cache / "packages"

    @property
    def _lists(self) -> Path:
        """Where the package lists of these sources are kept."""
        key = hashlib.sha256(f"{self.architecture}\n{self._source_lines()}".encode()).hexdigest()[:24]
        return self.cache / "lists" / key

    def _source_lines(self) -> str:
        return "".join(source.line() + "\n" for source in self.sources)

    @property
    def config_path(self) -> Path:
        """The file that ``APT_CONFIG`` names."""
        return self.folder / "apt.conf"

    def update(self) -> None:
        """Bring the lists up to date; :class:`BuildError` where the archive cannot be reached or is not signed."""
        with self._lock(fcntl.LOCK_EX):
            self._run(["apt-get", "update", "-q", "--error-on=any"], "reading the package lists")

    def solve(self, wanted: Sequence[str]) -> tuple[Download, ...]:
        """What apt would install for ``wanted`` (names, ``name=version``, patterns), in apt's order."""
        with self._lock(fcntl.LOCK_SH):
            output = self._run(["apt-get", "install", "-q", "--yes", "--print-uris", *wanted], "choosing packages")
            downloads = self._describe(output)
        self._refuse_guesses(wanted, downloads)
        return downloads

    def _describe(self, output: str) -> tuple[Download, ...]:
        """The packages of apt's list of URLs, with what the index says about them."""
        urls = {}
        for line in output.splitlines():
            match = _URI_LINE.match(line)
            if match is None:
                continue
            name, version, architecture = unquote(match[2].removesuffix(".deb")).split("_")
            urls[f"{name}:{architecture}={version}"] = match[1]
        if not urls:
            return ()
        index = self._run(["apt-cache", "show", *urls], "reading the package index")
        paragraphs: dict[str, list[Paragraph]] = {}
        for paragraph in parse_paragraphs(index, "apt-cache show"):
            paragraphs.setdefault(f"{paragraph.get('Package')}={paragraph.get('Version')}", []).append(paragraph)
        return tuple(_describe(name, url, paragraphs) for name, url in urls.items())

    def fetch(self, downloads: Sequence[Download]) -> tuple[Path, ...]:
        """The package files, in the same order, each with the digest of the index; those at hand are not fetched."""
        paths = tuple(self.packages_folder / item.sha256[:2] / f"{item.sha256}.deb" for item in downloads)
        missing = [(item, path) for item, path in zip(downloads, paths, strict=True) if not _is_intact(path, item)]
        if not missing:
            return paths
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=self.packages_folder) as scratch:
            arguments = []
            for item, path in missing:
                path.parent.mkdir(exist_ok=True)
                arguments += [item.url, f"{scratch}/{path.name}", f"SHA256:{item.sha256}"]
            self._run([str(_APT_HELPER), "download-file", *arguments], "downloading packages")
            for item, path in missing:
                fresh = Path(scratch, path.name)
                if not _is_intact(fresh, item):
                    raise IntegrityError(f"{item.url}: not the bytes that the signed package index describes")
                if fresh.is_symlink():  # apt only points to the file of an archive on this machine
                    fresh = Path(shutil.copyfile(fresh, f"{fresh}.copy"))
                fresh.replace(path)
        return paths

    def copy_lists(self, folder: Path) -> None:
        """Make a folder with a copy of the signed indexes."""
        with self._lock(fcntl.LOCK_SH):
            shutil.copytree(self._lists, folder, ignore=shutil.ignore_patterns("lock", "partial"))

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        """Many read the lists at once, or one changes them; the lock ends with the process, however it ends."""
        with self._lists.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, kind)
            yield

    def _refuse_guesses(self, wanted: Sequence[str], downloads: Sequence[Download]) -> None:
        """Apt takes an unknown name for a regular expression, or an order (``name+``): what was named must be there."""
        present = {name for item in downloads for name in (item.package.name, *item.package.provides)}
        for paragraph in parse_paragraphs(self.status, "dpkg status"):
            provided = parse_relations(paragraph.get("Provides", ""))
            present |= {paragraph.get("Package", ""), *(group[0].name for group in provided)}
        for item in wanted:
            name = item.partition("=")[0]
            if not item.startswith("?") and name not in present:
                raise self._unknown_package(name)

    def _run(self, command: list[str], doing: str) -> str:
        variables = [("APT_CONFIG", str(self.config_path)), ("LC_ALL", "C.UTF-8")]
        try:
            return run_tool(command, doing=doing, variables=variables, cwd=self.folder)
        except ToolError as error:
            unknown = _UNKNOWN.search(error.output)
            if unknown is not None:
                raise self._unknown_package(*unknown.groups()) from error
            _, conflict, reasons = error.output.partition("The following packages have unmet dependencies:\n")
            if conflict:
                raise BuildError(f"apt finds no way to install these packages together:\n{reasons.rstrip()}") from error
            if _UNREACHABLE.search(error.output):
                raise BuildError(
                    f"cannot reach the Debian archive: {error.message}",
                    hint="check the network and http_proxy, or name another archive with --mirror",
                ) from error
            raise

    def _unknown_package(
        self,
        name: str | None,
        version: str | None = None,
        of: str | None = None,
        empty: str | None = None,
        pattern: str | None = None,
    ) -> NotFoundError:
        suites = ", ".join(dict.fromkeys(source.suite for source in self.sources))
        name = name or of or empty or pattern or ""
        name = name.strip("'")
        if version:
            return NotFoundError(f"no version {version.strip(chr(39))} of the package {name!r} in {suites}")
        variables = [("APT_CONFIG", str(self.config_path))]
        names = run_tool(["apt-cache", "pkgnames"], doing="reading the package index", variables=variables).split()
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.7)
        return NotFoundError(
            f"no package {name!r} in {suites}",
            hint=f"did you mean {' or '.join(near)}?" if near else "another release may have it: --suite",
        )

    def _config(self) -> str:
        folder = self.folder
        host = run_tool(["apt-config", "dump", "--format", "%f %v%n"], doing="reading apt's network settings")
        network = [line.partition(" ")[::2] for line in host.splitlines() if _NETWORK_SETTINGS.match(line)]
        settings = [
            ("Dir::Etc", str(folder)),
            ("Dir::Etc::parts", str(folder / "parts")),
            ("Dir::Etc::preferencesparts", str(folder / "parts")),
            ("Dir::Etc::sourceparts", str(folder / "parts")),
            ("Dir::Etc::sourcelist", str(folder / "sources.list")),
            ("Dir::Etc::netrc", "/etc/apt/auth.conf"),
            ("Dir::Etc::netrcparts", "/etc/apt/auth.conf.d"),
            ("Dir::Etc::trusted", "/etc/apt/trusted.gpg"),
            ("Dir::Etc::trustedparts", "/etc/apt/trusted.gpg.d"),
            ("Dir::State", str(folder)),
            ("Dir::State::status", str(folder / "status")),
            ("Dir::State::lists", str(self._lists)),
            ("Dir::Cache", str(folder)),
            ("Dir::Cache::archives", str(folder / "archives")),
            ("APT::Architecture", self.architecture),
            ("APT::Architectures", self.architecture),
            ("APT::Install-Recommends", "false"),
            ("APT::Sandbox::User", "root"),
            ("Acquire::Languages", "none"),
            ("Acquire::GzipIndexes", "true"),
            *network,
        ]
        return "".join(f'{key} "{value}";\n' for key, value in settings if '"' not in value)


def host_architecture() -> str:
    """Debian's name of this machine's architecture."""
    return run_tool(["dpkg", "--print-architecture"], doing="asking for the architecture").strip()


def _describe(name: str, url: str, paragraphs: Mapping[str, Sequence[Paragraph]]) -> Download:
    """Match a URL to its paragraph: a version may be in several archives, told apart by the name of the file."""
    package, _, version = name.partition("=")
    for paragraph in paragraphs.get(f"{package.partition(':')[0]}={version}", ()):
        if "SHA256" in paragraph and unquote(url).endswith("/" + paragraph.get("Filename", "").removeprefix("./")):
            return Download(package=Package.of(paragraph, name), url=url, sha256=paragraph["SHA256"])
    raise IntegrityError(f"the package index has no SHA256 digest for {name}")


def _is_intact(path: Path, item: Download) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == item.sha256
    except FileNotFoundError:
        return False
