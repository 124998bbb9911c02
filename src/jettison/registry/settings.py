"""How requests leave this machine: trust, proxies, patience. The caller reads the environment and fills this in."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from jettison.frozen import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A client certificate and its key, both PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCertificates:
    """What containers-certs.d(5) holds for one host."""

    authorities: tuple[Path, ...] = ()
    clients: tuple[KeyPair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """The proxies of HTTP_PROXY and HTTPS_PROXY, and the hosts of NO_PROXY that are reached without one."""

    http: str = field(default="", repr=False)
    https: str = field(default="", repr=False)
    exceptions: tuple[str, ...] = ()
    """Names with their subdomains, addresses, networks (``10.0.0.0/8``), each with an optional port; ``*`` is all."""

    def proxy_of(self, scheme: str, host: str) -> str | None:
        """The proxy for ``host`` (with or without port); loopback addresses never have one, as in Go."""
        proxy = self.https if scheme == "https" else self.http
        if not proxy or is_loopback(host) or any(_covers(rule, host) for rule in self.exceptions):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """Everything about connections that a user may want otherwise."""

    certificate_dirs: tuple[Path, ...] = ()
    """Folders like ``/etc/containers/certs.d`` and ``/etc/docker/certs.d``; the first that knows the host counts."""
    proxies: ProxySettings = field(default_factory=ProxySettings)
    user_agent: str = "jettison"
    connect_timeout_seconds: float = 15.0
    read_timeout_seconds: float = 60.0
    attempts: int = 5
    """How often a request is sent at most, and how often a blob is resumed without a byte of progress."""
    pause_seconds: float = 0.5
    """Before the second attempt; twice as long before each further one."""
    connections_per_host: int = 8

    def certificates_of(self, host: str) -> HostCertificates | None:
        """The certificates that the user keeps for ``host`` (with its port, where it has one)."""
        for folder in self.certificate_dirs:
            place = folder / host
            if "/" not in host and place.is_dir():
                return HostCertificates(
                    authorities=tuple(sorted(place.glob("*.crt"))),
                    clients=tuple(
                        KeyPair(certificate=path, key=path.with_suffix(".key")) for path in sorted(place.glob("*.cert"))
                    ),
                )
        return None


def is_loopback(host: str) -> bool:
    """Whether a host (with or without port) is this machine: docker lets such registries speak plain http."""
    name = host_name(host)
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """The host without its port and without the brackets of IPv6."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _covers(rule: str, host: str) -> bool:
    rule = rule.strip().lower()
    if rule in ("*", host):
        return True
    name = host_name(host)
    bare = rule.removeprefix("*").removeprefix(".")
    if not bare:
        return False
    if name == bare or name.endswith(f".{bare}"):
        return True
    try:
        return ipaddress.ip_address(name) in ipaddress.ip_network(bare, strict=False)
    except ValueError:
        return False
