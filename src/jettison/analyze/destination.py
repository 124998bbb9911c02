"""Where the advice lets the program end up: on nothing, on a smaller base image, or on a web server.

A base image is left behind where it brings a tool chain, or where the program is compiled and needs little of it.
Images that the caller knows are looked at, smallest first: the first that has what the program asks for is advised,
and the size of the advice is then that of a real image. Where none is known, what the program needs of the present
base counts instead.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from jettison.analyze.base import Base
from jettison.analyze.classify import Run, SeenFiles
from jettison.analyze.command_lines import SHELLS
from jettison.analyze.kinds import Category, Need
from jettison.analyze.known_base import BaseFiles, KnownBase
from jettison.analyze.need import Needs
from jettison.analyze.ownership import Owner
from jettison.analyze.places import SYSTEM_FILES
from jettison.analyze.static_site import Site
from jettison.analyze.tool_use import TOOL_CHAINS
from jettison.frozen import dataclass, field
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.packages.image_files import ReadAt

_MIN_TOOLS_BYTES = 10_000_000
_LITTLE_MORE_BYTES = 20_000_000
"""What a base image may bring beside what a compiled program needs: it is put on such a one, or stays on it."""
_READ_BYTES = 1 << 20
_MAX_LOOKED_AT = 40
"""Known images. Every one has an index to be read."""
_SYSTEM = (Category.BASE_SYSTEM, Category.RUNTIME, Category.TOOL_CHAIN)
_CERTIFICATES = "etc/ssl/certs/"
_PAGES = ("usr/share/nginx/html", "usr/local/apache2/htdocs", "usr/share/caddy", "var/www/html", "srv/http")
"""Where images of web servers have their pages."""
_WEB_SERVERS = frozenset(
    {
        *("nginx", "openresty", "httpd", "httpd-foreground", "apache2", "apachectl", "apache2ctl", "caddy", "lighttpd"),
        "static-web-server",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What the last stage starts from."""

    base_layers: int
    """Of the base image that is left behind."""
    support: tuple[str, ...] = ()
    """Beginnings of image paths that are taken along from it, where ``name`` is empty."""
    name: str = ""
    """Of the known image; empty: ``scratch``, or a base image that is not known here."""
    size_bytes: int = 0
    """Of the known image."""
    holds: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Image path -> bytes of its files."""
    site: str = ""
    """The folder that a web server hands out from now on, where that is all."""
    served_by: str = ""
    """What hands it out so far, for people."""
    pages: str = ""
    """Where the web server has its pages, as far as its image tells."""

    def kind_left(self, run: Run, path: str) -> str | None:
        """The kind of a file of a run, where it is not taken along; None for one that is."""
        need, is_in_base = run.need, run.layer < self.base_layers
        is_system = is_in_base or run.category in _SYSTEM or path in SYSTEM_FILES
        if self.site:
            if path.startswith(f"{self.site}/"):
                return None
        elif not is_system:
            return None
        elif self.name:
            if need is Need.YES and not is_in_base and path not in self.holds:
                return None
        elif need is Need.YES or path.startswith(self.support):
            return None
        return "unused-base" if is_in_base else "unused-packages" if is_system else "site-sources"

    def need(self, run: Run, path: str) -> Need:
        """Whether the program needs a file of a run there: what the advice leaves behind it does without.

        What the other base image brings instead may be needed as before, unless a web server takes the program's place.
        """
        if run.need is Need.NO or self.kind_left(run, path) is None:
            return run.need
        stays = not self.site and (run.need is Need.YES or path in self.holds)
        return run.need if stays else Need.NO


OwnerOf = Callable[[str], Owner | None]
"""Whom a path of the image belongs to."""

OpenBases = Callable[[], Sequence[KnownBase]]
"""Looks up the known images, smallest first."""


def find_destination(
    base: Base,
    files: SeenFiles,
    tree: Tree,
    needs: Needs,
    owner_of: OwnerOf,
    *,
    read_at: ReadAt,
    base_bytes: int,
    site: Site | None,
    open_bases: OpenBases,
) -> Destination | None:
    """Where the program goes; None where its base image stays."""
    if not base.layers:
        return None
    if site is not None:
        is_server = needs.is_native or bool(site.settings)
        is_of_base = is_server and tree.layer_numbers.get(needs.program, 0) < base.layers
        if is_of_base and not _brings_tools(base, files):
            return None  # it is the image of a web server
        server = next((known for known in _smaller(open_bases, base_bytes) if _starts(known, _WEB_SERVERS)), None)
        if server is not None:
            return _on(server, server.files(), base, site=site)
    alone = Destination(base_layers=base.layers, support=needs.support)
    enough_bytes = _LITTLE_MORE_BYTES + (_taken_bytes(alone, files) if needs.is_native else 0)
    if not _is_left(base, files, needs, owner_of, is_small=base_bytes <= enough_bytes):
        return None
    limit_bytes = base_bytes
    if needs.is_native:
        if needs.is_static and _CERTIFICATES not in needs.support and not needs.companions:
            return alone
        limit_bytes = min(base_bytes, enough_bytes)
    asked = _Asked(base, tree, needs, owner_of, read_at)
    for known in _smaller(open_bases, limit_bytes):
        if _starts_nothing(known, needs):
            found = known.files()
            if asked.is_met_by(found):
                return _on(known, found, base)
    return alone


def _is_left(base: Base, files: SeenFiles, needs: Needs, owner_of: OwnerOf, *, is_small: bool) -> bool:
    """Whether the advice is to end with another base image."""
    owner = owner_of(needs.program)
    if needs.is_native and (needs.is_static or owner is None or not owner.ecosystem.is_system):
        return not needs.missing and not is_small
    return bool(needs.program) and _brings_tools(base, files)


def _brings_tools(base: Base, files: SeenFiles) -> bool:
    tools = sum(run.size_bytes for run in files.runs if run.layer < base.layers and run.kind in TOOL_CHAINS)
    return tools >= _MIN_TOOLS_BYTES


def _smaller(open_bases: OpenBases, limit_bytes: int) -> list[KnownBase]:
    known = sorted(open_bases(), key=lambda known: (known.size_bytes, known.name))
    return [each for each in known if each.size_bytes < limit_bytes][:_MAX_LOOKED_AT]


def _on(known: KnownBase, found: BaseFiles, base: Base, *, site: Site | None = None) -> Destination:
    return Destination(
        base_layers=base.layers,
        name=known.name,
        size_bytes=known.size_bytes,
        holds=found.sizes,
        site=site.folder if site is not None else "",
        served_by=site.server if site is not None else "",
        pages=next((f"/{folder}" for folder in _PAGES if found.has_below(f"{folder}/")), ""),
    )


def _taken_bytes(alone: Destination, files: SeenFiles) -> int:
    """What is taken along of the present base image, where the program is put on nothing."""
    return sum(
        size_bytes
        for run in files.runs
        if run.layer < alone.base_layers and run.kind is None
        for path, size_bytes in files.of_run(run)
        if alone.kind_left(run, path) is None
    )


def _starts(known: KnownBase, names: frozenset[str]) -> bool:
    return any(posixpath.basename(word) in names for word in known.command)


def _starts_nothing(known: KnownBase, needs: Needs) -> bool:
    """Whether an image starts no more than a shell or an interpreter, as those do that others are built on."""
    interpreter = posixpath.basename(needs.interpreter or needs.program).rstrip("0123456789.")
    programs = [posixpath.basename(word) for word in known.command if not word.startswith("-")]
    plain = SHELLS | {"busybox", "jshell", "irb", "php", "docker-entrypoint.sh"}
    return all(name in plain or name.rstrip("0123456789.") == interpreter for name in programs)


class _Asked:
    """What a program asks of a base image: what is started of the present one, and the libraries of what is its own."""

    def __init__(self, base: Base, tree: Tree, needs: Needs, owner_of: OwnerOf, read_at: ReadAt) -> None:
        def is_own(path: str) -> bool:
            owner = owner_of(path)
            return tree.layer_numbers.get(path, 0) >= base.layers and (owner is None or not owner.ecosystem.is_system)

        main = tree.get(needs.interpreter or needs.program)
        self._main = None if main is None else tree.content(main)
        self._main_digest = cache(partial(_digest_of, read_at))
        self._programs = [path for path in needs.started if not is_own(path)]
        own = {path: links for path, links in needs.links.items() if tree.layer_numbers.get(path, 0) >= base.layers}
        brought = {path.rpartition("/")[2] for path in needs.reasons if tree.layer_numbers.get(path, 0) >= base.layers}
        wanted = {posixpath.basename(name) for links in own.values() for name in (links.loader, *links.libraries)}
        self._libraries = frozenset(wanted - brought - {""})
        self._certificates = needs.is_native and _CERTIFICATES in needs.support

    def is_met_by(self, found: BaseFiles) -> bool:
        main = self._main
        return (
            self._libraries <= found.names
            and all(
                found.has_program(path, self._main_digest(main) if main is not None and path == main.path else None)
                for path in self._programs
            )
            and (found.has_below(_CERTIFICATES) or not self._certificates)
        )


def _digest_of(read_at: ReadAt, entry: Entry) -> Digest | None:
    """Of the content of a file; it is read where its index does not tell."""
    if entry.digest is not None or entry.type is not EntryType.FILE:
        return entry.digest
    sha256 = hashlib.sha256()
    for offset in range(0, entry.size, _READ_BYTES):
        sha256.update(read_at(entry, offset, _READ_BYTES))
    return Digest(f"sha256:{sha256.hexdigest()}")
