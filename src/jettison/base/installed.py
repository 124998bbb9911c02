"""Which packages an image holds already: a dpkg status file, or the ``status.d`` folder of a distroless image."""

from __future__ import annotations

from jettison.base.control import Paragraph, parse_paragraphs
from jettison.base.image import Parent
from jettison.base.sources import parse_os_release
from jettison.frozen import dataclass

STATUS_PATH = "var/lib/dpkg/status"
STATUS_FOLDER = "var/lib/dpkg/status.d"
_CARRIED = (
    "Package",
    "Version",
    "Architecture",
    "Multi-Arch",
    "Essential",
    "Provides",
    "Conflicts",
    "Breaks",
    "Replaces",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What is in an image."""

    versions: tuple[tuple[str, str], ...] = ()
    """Package and version, sorted."""
    status: str = ""
    """A status file for apt, without dependencies: what is there is taken to be complete."""
    suite: str | None = None
    """The code name of the image's Debian release."""

    @property
    def names(self) -> frozenset[str]:
        """The packages' names."""
        return frozenset(name for name, _ in self.versions)


def read_installed(parent: Parent | None) -> Installed:
    """What the parent holds; nothing where there is no parent."""
    if parent is None:
        return Installed()
    paragraphs: dict[str, Paragraph] = {}
    files = [STATUS_PATH]
    files += [
        f"{STATUS_FOLDER}/{name}" for name in parent.tree.children(STATUS_FOLDER) if not name.endswith(".md5sums")
    ]
    for path in files:
        text = (parent.read(path) or b"").decode("utf-8", "replace")
        for paragraph in parse_paragraphs(text, f"/{path} of the base image"):
            if paragraph.get("Status", "install ok installed").endswith(" installed") and "Package" in paragraph:
                paragraphs[paragraph["Package"]] = paragraph
    release = parse_os_release((parent.read("etc/os-release") or b"").decode("utf-8", "replace"))
    return Installed(
        versions=tuple(sorted((name, paragraph.get("Version", "")) for name, paragraph in paragraphs.items())),
        status="".join(_status(paragraph) for _, paragraph in sorted(paragraphs.items())),
        suite=release.get("VERSION_CODENAME") if release.get("ID") == "debian" else None,
    )


def _status(paragraph: Paragraph) -> str:
    fields = {key: paragraph[key] for key in _CARRIED if key in paragraph}
    lines = [f"{key}: {value}\n" for key, value in fields.items()]
    return "".join(lines) + "Status: install ok installed\nMaintainer: nobody\nDescription: in the base image\n\n"
