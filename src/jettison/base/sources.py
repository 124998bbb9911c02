"""Where packages come from: this machine's own apt sources, carried over to another release, or what a recipe names.

No archive is known by name here: a machine without Debian sources must be told one (``--mirror``).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from jettison.base.control import parse_paragraphs
from jettison.errors import JettisonError, NotFoundError, UsageError
from jettison.frozen import dataclass, replace
from jettison.patterns import late_pattern

ETC_APT = Path("/etc/apt")
OS_RELEASE = Path("/etc/os-release")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEFAULT_COMPONENTS = ("main",)

_MARKS = late_pattern(r"(?P<suite>[a-z][a-z0-9]*?)(?P<mark>-updates|-security|-backports|-proposed-updates|/updates)?")
_LINE = late_pattern(r"deb\s+(?:\[([^\]]*)\]\s*)?([^\s\[]\S*)\s+(\S+)((?:\s+\S+)*)")
_KEPT_OPTIONS = {"signed-by", "trusted", "check-valid-until", "arch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One archive, release and list of components."""

    url: str
    suite: str
    components: tuple[str, ...]
    signed_by: str | None = None
    """The path of a keyring; None lets apt use its trusted keys."""
    trusted: bool = False

    def line(self) -> str:
        """In apt's one-line format (sources.list(5))."""
        options = []
        if self.signed_by:
            options.append(f"signed-by={self.signed_by}")
        if self.trusted:
            options.append("trusted=yes")
        bracket = f"[{' '.join(options)}] " if options else ""
        return f"deb {bracket}{self.url} {self.suite} {' '.join(self.components)}"

    def paragraph(self, *, private: bool = False) -> str:
        """In apt's deb822 format (sources.list(5)).

        Not ``private``: as it is left in an image, which has no keyring of this machine but Debian's own.
        """
        lines = [f"Types: deb\nURIs: {self.url}\nSuites: {self.suite}\nComponents: {' '.join(self.components)}\n"]
        if self.signed_by is not None and (private or self.signed_by == str(KEYRING)):
            lines.append(f"Signed-By: {self.signed_by}\n")
        if self.trusted:
            lines.append("Trusted: yes\n")
        return "".join(lines)


def resolve_sources(mirrors: tuple[str, ...], suite: str | None, *, etc_apt: Path = ETC_APT) -> tuple[Source, ...]:
    """The sources for a build, checked to name a release; :class:`NotFoundError` where this machine has none."""
    own_suite = host_suite()
    if mirrors:
        wanted = suite or own_suite
        sources = tuple(_parse_mirror(mirror, wanted) for mirror in mirrors)
    else:
        sources = _host_sources(etc_apt, suite, own_suite)
    if not sources:
        raise NotFoundError(
            f"no Debian sources for {suite or 'this machine'} in {etc_apt}",
            hint="name an archive with --mirror, and a release with --suite",
        )
    return sources


def host_suite() -> str | None:
    """The code name of this machine's release, None where it is not a Debian."""
    release = parse_os_release(_read(OS_RELEASE))
    return release.get("VERSION_CODENAME") if release.get("ID") == "debian" else None


def parse_os_release(text: str) -> dict[str, str]:
    """The variables of os-release(5)."""
    variables = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.startswith("#"):
            try:
                variables[key.strip()] = "".join(shlex.split(value))
            except ValueError:
                continue
    return variables


def parse_source_list(text: str, what: str) -> Iterator[Source]:
    """The binary sources of a ``.list`` or ``.sources`` file; ``what`` is its name and decides the format."""
    if what.endswith(".sources"):
        for paragraph in parse_paragraphs(text, what):
            fields = {key.lower(): value for key, value in paragraph.items()}
            if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").strip() != "no":
                signed = fields.get("signed-by", "").strip()
                for url in fields.get("uris", "").split():
                    for suite in fields.get("suites", "").split():
                        yield Source(
                            url=url,
                            suite=suite,
                            components=tuple(fields.get("components", "").split()),
                            signed_by=signed if signed.startswith("/") else None,
                            trusted=fields.get("trusted", "no").strip() == "yes",
                        )
    else:
        for line in text.splitlines():
            if line.split("#")[0].strip().startswith("deb "):
                yield parse_source_line(line, what)


def parse_source_line(line: str, what: str) -> Source:
    """One line ``deb [options] URL SUITE COMPONENT…``."""
    match = _LINE.fullmatch(line.partition("#")[0].strip())
    if match is None:
        raise UsageError(
            f"{what}: not a source line: {line.strip()!r}", hint="expected: deb [options] URL SUITE COMPONENT…"
        )
    options = dict(option.partition("=")[::2] for option in (match[1] or "").split())
    unknown = options.keys() - _KEPT_OPTIONS
    if unknown and what == "mirror":
        raise UsageError(f"mirror: unknown option {min(unknown)!r} in {line.strip()!r}")
    return Source(
        url=match[2],
        suite=match[3],
        components=tuple(match[4].split()),
        signed_by=options.get("signed-by"),
        trusted=options.get("trusted") == "yes",
    )


def _parse_mirror(mirror: str, suite: str | None) -> Source:
    if mirror.startswith("deb"):
        return parse_source_line(mirror, "mirror")
    if suite is None:
        raise UsageError(f"the release that {mirror} should give is not known", hint="name it with --suite")
    keyring = str(KEYRING) if KEYRING.exists() else None
    return Source(url=mirror, suite=suite, components=DEFAULT_COMPONENTS, signed_by=keyring)


def _host_sources(etc_apt: Path, suite: str | None, own_suite: str | None) -> tuple[Source, ...]:
    """This machine's sources of its own release, with the release's name replaced where another one is asked for."""
    if own_suite is None:
        return ()
    paths = [etc_apt / "sources.list"]
    if (etc_apt / "sources.list.d").is_dir():
        folder = etc_apt / "sources.list.d"
        paths += sorted(path for path in folder.iterdir() if path.suffix in (".list", ".sources"))
    found: dict[Source, None] = {}
    for path in paths:
        try:
            sources = list(parse_source_list(_read(path), str(path)))
        except JettisonError:
            continue  # apt itself complains about it; a third party's file must not stop a build
        for source in sources:
            match = _MARKS.fullmatch(source.suite)
            if match is not None and match["suite"] == own_suite and "backports" not in (match["mark"] or ""):
                found[replace(source, suite=(suite or own_suite) + (match["mark"] or ""))] = None
    return tuple(found)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
