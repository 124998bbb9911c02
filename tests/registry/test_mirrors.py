"""containers-registries.conf(5): which registry is asked for a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.errors import RegistryError
from jettison.model.digest import Digest
from jettison.model.reference import Reference
from jettison.registry.mirrors import RegistriesConf, find_registries_conf, parse_registries_conf, read_registries_conf

DIGEST = Digest.of(b"x")


def conf(text: str) -> RegistriesConf:
    return RegistriesConf(registries=parse_registries_conf(text, "registries.conf"))


def asked(text: str, reference: str) -> list[str]:
    endpoints = conf(text).pull_endpoints(Reference.parse(reference))
    return [f"{endpoint.reference}{' insecure' if endpoint.insecure else ''}" for endpoint in endpoints]


MIRRORED = """
unqualified-search-registries = ["quay.io"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "mirror.example:5000/hub"
insecure = true
[[registry.mirror]]
location = "second.example"
"""


def test_mirrors_come_before_the_registry() -> None:
    """In their order, with the rest of the name kept; a short name means docker.io whatever the search list says."""
    assert asked(MIRRORED, "busybox:1") == [
        "mirror.example:5000/hub/library/busybox:1 insecure",
        "second.example/library/busybox:1",
        "docker.io/library/busybox:1",
    ]
    assert asked(MIRRORED, "quay.io/a/b:1") == ["quay.io/a/b:1"]


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("", "quay.io/a/b:c", ["quay.io/a/b:c"]),
        ("", "localhost:5000/a:c", ["localhost:5000/a:c insecure"]),
        ("", "127.0.0.2/a:c", ["127.0.0.2/a:c insecure"]),
        ('[[registry]]\nlocation = "r.io"\ninsecure = true', "r.io/a:c", ["r.io/a:c insecure"]),
        ('[[registry]]\nprefix = "r.io/a"\nlocation = "s.io/b"', "r.io/a/x:c", ["s.io/b/x:c"]),
        ('[[registry]]\nprefix = "r.io/a"\nlocation = "s.io/b"', "r.io/a:c", ["s.io/b:c"]),
        ('[[registry]]\nprefix = "r.io/a"\nlocation = "s.io/b"', "r.io/ab:c", ["r.io/ab:c"]),
        ('[[registry]]\nprefix = "r.io"\nlocation = "s.io/b"', "r.io:5000/a:c", ["r.io:5000/a:c"]),
        ('[[registry]]\nprefix = "r.io/a:c"\nlocation = "s.io/a:d"', "r.io/a:c", ["s.io/a:d"]),
        ('[[registry]]\nprefix = "*.r.io"\nlocation = "s.io/x"', "a.b.r.io/y:c", ["s.io/x/y:c"]),
        ('[[registry]]\nprefix = "*.r.io"\nlocation = "s.io/x"', "r.io/y:c", ["r.io/y:c"]),
        ('[[registry]]\nprefix = "*.r.io"\ninsecure = true', "a.r.io/y:c", ["a.r.io/y:c insecure"]),
        (
            '[[registry]]\nprefix = "r.io"\nlocation = "one.io"\n[[registry]]\nprefix = "r.io/a"\nlocation = "two.io"',
            "r.io/a/b:c",
            ["two.io/b:c"],
        ),
    ],
)
def test_prefixes(text: str, reference: str, expected: list[str]) -> None:
    """The longest prefix wins and is replaced by the location; a prefix ends where a part of the name ends."""
    assert asked(text, reference) == expected


@pytest.mark.parametrize(
    ("setting", "of_registry", "tag", "digest"),
    [
        ("", "", True, True),
        ("", "mirror-by-digest-only = true", False, True),
        ('pull-from-mirror = "all"', "", True, True),
        ('pull-from-mirror = "digest-only"', "", False, True),
        ('pull-from-mirror = "tag-only"', "", True, False),
    ],
)
def test_mirrors_of_tags_and_digests(setting: str, of_registry: str, tag: bool, digest: bool) -> None:
    """A mirror may serve only what cannot change, or only what can."""
    text = f'[[registry]]\nlocation = "r.io"\n{of_registry}\n[[registry.mirror]]\nlocation = "m.io"\n{setting}'
    assert (len(asked(text, "r.io/a:c")) == 2) is tag
    assert (len(asked(text, f"r.io/a@{DIGEST}")) == 2) is digest


def test_a_blocked_registry_is_refused() -> None:
    """Neither pulled from nor pushed to."""
    blocked = conf('[[registry]]\nprefix = "r.io/secret"\nblocked = true')
    with pytest.raises(RegistryError, match=r"registries\.conf blocks r.io/secret"):
        blocked.pull_endpoints(Reference.parse("r.io/secret/a"))
    with pytest.raises(RegistryError, match=r"registries\.conf blocks r.io/secret"):
        blocked.push_endpoint(Reference.parse("r.io/secret/a"))
    assert blocked.pull_endpoints(Reference.parse("r.io/open/a"))


def test_pushing_ignores_mirrors() -> None:
    """What is pushed goes where the name says."""
    assert str(conf(MIRRORED).push_endpoint(Reference.parse("team/app:1")).reference) == "docker.io/team/app:1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[registry]", "registries.conf: "),
        ("[registries.search]\nregistries = []", "version 1 of the format is not supported"),
        ("registry = 5", r"expected \[\[registry\]\] tables"),
        ("registry = [5]", r"registry\[0\]: expected a table"),
        ("[[registry]]\ninsecure = true", r"registry\[0\]: neither prefix nor location"),
        ('[[registry]]\nlocation = "a.io"\ninsecure = "yes"', r"registry\[0\].insecure: expected true or false"),
        ('[[registry]]\nlocation = "https://a.io"', "has a scheme"),
        ('[[registry]]\nprefix = "a.*.io"\nlocation = "b.io"', r"'a\.\*\.io' is neither a name nor"),
        ('[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\n', r"registry\[0\].mirror\[0\]: location is not set"),
        (
            '[[registry]]\nlocation = "a.io"\n[[registry.mirror]]\nlocation = "b.io"\npull-from-mirror = "no"',
            "found 'no'",
        ),
    ],
)
def test_mistakes_are_located(text: str, message: str) -> None:
    """The error names the file, the table and the field."""
    with pytest.raises(RegistryError, match=message) as caught:
        conf(text)
    assert str(caught.value).startswith("registries.conf: ")


def test_a_location_that_is_no_host_is_refused() -> None:
    """``mirror/x`` would silently mean docker.io/mirror/x."""
    with pytest.raises(RegistryError, match="which names no host"):
        asked('[[registry]]\nlocation = "r.io"\n[[registry.mirror]]\nlocation = "mirror"', "r.io/a:c")


def write_conf(path: Path, location: str, prefix: str = "r.io") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[[registry]]\nprefix = "{prefix}"\nlocation = "{location}"\n')
    return path


def location(conf: RegistriesConf, reference: str = "r.io/a") -> str:
    return conf.pull_endpoints(Reference.parse(reference))[0].reference.domain


def test_files_are_found_as_podman_finds_them(tmp_path: Path) -> None:
    """The user's file hides the system's and its drop-ins; an explicit file hides both; drop-ins override by prefix."""
    home, system = tmp_path / "home", tmp_path / "etc"
    user = home / ".config/containers"
    assert find_registries_conf(home, None, system) == RegistriesConf()
    write_conf(system / "registries.conf", "system.io")
    assert location(find_registries_conf(home, None, system)) == "system.io"
    write_conf(system / "registries.conf.d/50-b.conf", "dropin-b.io")
    write_conf(system / "registries.conf.d/40-a.conf", "dropin-a.io")
    write_conf(system / "registries.conf.d/60-not-read.txt", "text.io")
    assert location(find_registries_conf(home, None, system)) == "dropin-b.io"
    write_conf(user / "registries.conf.d/x.conf", "other.io", prefix="s.io")
    assert location(find_registries_conf(home, None, system), "s.io/a") == "other.io"
    write_conf(user / "registries.conf", "user.io")
    assert location(find_registries_conf(home, None, system)) == "user.io"
    explicit = write_conf(tmp_path / "explicit.conf", "explicit.io", prefix="e.io")
    found = find_registries_conf(home, explicit, system)
    assert location(found, "e.io/a") == "explicit.io"
    assert location(found) == "dropin-b.io"


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """CONTAINERS_REGISTRIES_CONF with a typing error is no empty configuration."""
    with pytest.raises(RegistryError, match="No such file"):
        read_registries_conf(tmp_path / "none.conf")
