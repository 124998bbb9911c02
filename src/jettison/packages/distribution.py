"""The distribution of an image, as ``os-release`` tells it (os-release(5))."""

from __future__ import annotations

from jettison.frozen import dataclass
from jettison.packages.image_files import ImageFiles

_PLACES = ("etc/os-release", "usr/lib/os-release")
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Its identifier and release, such as ``debian`` and ``12``; empty where nothing tells."""

    id: str = ""
    version: str = ""
    name: str = ""
    """For people: ``Debian GNU/Linux 12 (bookworm)``."""

    @property
    def qualifier(self) -> str:
        """What package URLs have as ``distro``."""
        return "-".join(part for part in (self.id, self.version) if part)


def read_distribution(files: ImageFiles) -> Distribution:
    """The distribution; the first of the two files that is there counts."""
    for place in _PLACES:
        text = files.text(place, _MAX_BYTES)
        if text is not None:
            return parse_distribution(text)
    return Distribution()


def parse_distribution(text: str) -> Distribution:
    """Of the text of an ``os-release`` file; lines that are no assignments are passed over."""
    values = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            values[key] = value.strip().strip("\"'")
    return Distribution(
        id=values.get("ID", "").lower(), version=values.get("VERSION_ID", ""), name=values.get("PRETTY_NAME", "")
    )
