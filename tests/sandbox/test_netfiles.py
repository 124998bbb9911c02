"""The name service files of a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.sandbox.netfiles import hosts_content, network_mounts, resolv_conf_content
from jettison.sandbox.types import CommandSpec, MountKind, MountSpec, Network


def spec(hosts: tuple[tuple[str, str], ...] = (), *, hostname: str = "box") -> CommandSpec:
    return CommandSpec(args=("true",), hostname=hostname, extra_hosts=hosts)


def test_hosts_names_localhost_and_the_command_first() -> None:
    assert hosts_content(spec()) == b"127.0.0.1\tlocalhost box\n::1\tlocalhost ip6-localhost ip6-loopback\n"


def test_extra_hosts_follow_in_their_order() -> None:
    content = hosts_content(spec((("b", "10.0.0.2"), ("a", "fd00::1"), ("host", "host-gateway"))))
    assert content.splitlines()[2:] == [b"10.0.0.2\tb", b"fd00::1\ta", b"127.0.0.1\thost"]


def test_the_hosts_resolver_is_kept_with_a_stub_of_systemd(tmp_path: Path) -> None:
    """On the host's network 127.0.0.53 answers inside as well."""
    path = tmp_path / "resolv.conf"
    path.write_bytes(b"# made by hand\nnameserver 127.0.0.53\noptions edns0\n")
    assert resolv_conf_content(path, Network.HOST) == path.read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"search example.org", b"# nameserver 1.2.3.4\n"])
def test_without_a_server_dockers_public_ones_are_taken(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "resolv.conf"
    if content is not None:
        path.write_bytes(content)
    lines = resolv_conf_content(path, Network.HOST).splitlines()
    assert lines[-2:] == [b"nameserver 8.8.8.8", b"nameserver 8.8.4.4"]
    assert lines[:-2] == (content or b"").splitlines()


def test_without_a_network_there_is_no_server(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_bytes(b"nameserver 10.0.0.1\n")
    assert resolv_conf_content(path, Network.NONE) == b""


def test_a_mount_that_covers_a_file_stands_in_for_it(tmp_path: Path) -> None:
    own = MountSpec(kind=MountKind.FILE, target="etc/hosts", content=b"mine")
    assert [mount.target for mount in network_mounts(spec(), [own], tmp_path / "none")] == ["etc/resolv.conf"]
    assert all(mount.read_only for mount in network_mounts(spec(), [], tmp_path / "none"))
