"""The files of a distroless image that no package holds: accounts, names, time zone, links (docs/base.md). Pure."""

from __future__ import annotations

from jettison.base.payload import merged_links
from jettison.model.entry import Entry, EntryType

BASE_PACKAGES = ("base-files", "ca-certificates", "netbase", "tzdata")
"""What every distroless image holds that is not built on another one."""

NONROOT_ID = 65532
NOBODY_ID = 65534

_PASSWD = f"""\
root:x:0:0:root:/root:/sbin/nologin
www-data:x:33:33:www-data:/var/www:/sbin/nologin
nobody:x:{NOBODY_ID}:{NOBODY_ID}:nobody:/nonexistent:/sbin/nologin
nonroot:x:{NONROOT_ID}:{NONROOT_ID}:nonroot:/home/nonroot:/sbin/nologin
"""

_GROUP = f"""\
root:x:0:
tty:x:5:
mail:x:8:
www-data:x:33:
shadow:x:42:
utmp:x:43:
staff:x:50:
nogroup:x:{NOBODY_ID}:
nonroot:x:{NONROOT_ID}:
"""
"""With the groups that packages' files belong to; numbers below 100 are the same in every Debian."""

_NSSWITCH = """\
passwd:     files
group:      files
shadow:     files
hosts:      files dns
networks:   files
protocols:  files
services:   files
ethers:     files
rpc:        files
"""

FILES = {
    "etc/passwd": _PASSWD,
    "etc/group": _GROUP,
    "etc/nsswitch.conf": _NSSWITCH,
    "etc/timezone": "Etc/UTC\n",
}
LINKS = {
    "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
    "usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt",  # where OpenSSL looks without SSL_CERT_FILE
    "var/run": "/run",
    "var/lock": "/run/lock",
}
FOLDERS = {
    "home": (0o755, 0),
    "home/nonroot": (0o700, NONROOT_ID),
    "root": (0o700, 0),
    "run": (0o755, 0),
    "run/lock": (0o1777, 0),
    "tmp": (0o1777, 0),
    "var/lib/dpkg/status.d": (0o755, 0),
    "var/tmp": (0o1777, 0),
}
"""Mode and owner."""


def skeleton_entries(architecture: str) -> dict[Entry, bytes]:
    """Entries without times, and the contents of those that are files."""
    entries: dict[Entry, bytes] = {}
    for path, (mode, owner) in FOLDERS.items():
        entries[Entry(path=path, type=EntryType.DIRECTORY, mode=mode, uid=owner, gid=owner)] = b""
    for path, target in LINKS.items() | {(name, f"usr/{name}") for name in merged_links(architecture)}:
        entries[Entry(path=path, type=EntryType.SYMLINK, mode=0o777, link=target)] = b""
    for path, text in FILES.items():
        content = text.encode()
        entries[Entry(path=path, type=EntryType.FILE, mode=0o644, size=len(content))] = content
    return entries
