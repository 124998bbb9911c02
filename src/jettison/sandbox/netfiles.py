"""The contents of /etc/resolv.conf and /etc/hosts inside a sandbox (BuildKit: executor/oci/resolvconf.go, hosts.go)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jettison.sandbox.types import CommandSpec, MountKind, MountSpec, Network

HOST_GATEWAY = "host-gateway"
"""The address of the machine that the command runs on, as docker's --add-host names it."""

RESOLV_CONF = "etc/resolv.conf"
HOSTS = "etc/hosts"

_FALLBACK = b"nameserver 8.8.8.8\nnameserver 8.8.4.4\n"


def network_mounts(command: CommandSpec, mounts: Sequence[MountSpec], resolv_conf: Path) -> tuple[MountSpec, ...]:
    """The mounts that give a command its name resolution, where none of ``mounts`` covers the file already."""
    files = ((RESOLV_CONF, resolv_conf_content(resolv_conf, command.network)), (HOSTS, hosts_content(command)))
    taken = {mount.target for mount in mounts}
    return tuple(
        MountSpec(
            kind=MountKind.FILE,
            target=target,
            content=content,
            read_only=not command.writable_network_files,
        )
        for target, content in files
        if target not in taken
    )


def resolv_conf_content(path: Path, network: Network) -> bytes:
    """The host's resolver settings, which hold inside as well where the network is the host's.

    A resolver on a loopback address, such as systemd-resolved's 127.0.0.53, is reachable there too. Where the host
    names no server, docker's public ones are taken.
    """
    if network is Network.NONE:
        return b""
    try:
        data = path.read_bytes()
    except OSError:
        return _FALLBACK
    if any(line.split()[:1] == [b"nameserver"] for line in data.splitlines()):
        return data
    return data + (b"" if data.endswith(b"\n") or not data else b"\n") + _FALLBACK


def hosts_content(command: CommandSpec) -> bytes:
    """The hosts file: localhost, the command's own host name, the extra hosts."""
    lines = [f"127.0.0.1\tlocalhost {command.hostname}", "::1\tlocalhost ip6-localhost ip6-loopback"]
    lines += [f"{'127.0.0.1' if address == HOST_GATEWAY else address}\t{name}" for name, address in command.extra_hosts]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
