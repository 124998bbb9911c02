"""The closure: what a running program needs of apt's answer."""

from __future__ import annotations

from jettison.base.closure import closure
from jettison.base.control import Package, parse_relations


def package(name: str, depends: str = "", *, source: str = "", provides: str = "") -> Package:
    """A package of version 1."""
    return Package(
        name=name,
        version="1",
        architecture="amd64",
        source=source or name,
        depends=parse_relations(depends),
        provides=tuple(provides.split()),
        replaces=(),
    )


def names(packages: list[Package], *roots: str, installed: tuple[str, ...] = ()) -> list[str]:
    """The names of the closure."""
    return [item.name for item in closure(packages, roots, installed)[0]]


def test_only_what_the_roots_need_is_kept() -> None:
    """What apt adds because it is Essential stays out."""
    answer = [package("app", "lib (>= 1)"), package("lib", "libc6"), package("libc6"), package("grep"), package("base")]
    assert names(answer, "app") == ["app", "lib", "libc6"]


def test_alternatives_follow_apts_choice_and_virtual_packages() -> None:
    """Of alternatives the first that apt chose; a virtual name leads to its provider."""
    answer = [package("app", "first | second, virtual"), package("second"), package("real", provides="virtual")]
    assert names(answer, "app") == ["app", "real", "second"]


def test_what_only_scripts_need_is_cut_and_told() -> None:
    """Cut packages are reported, and what only they need is not kept either."""
    answer = [package("app", "debconf, lib"), package("debconf", "perl-base"), package("perl-base"), package("lib")]
    kept, cut = closure(answer, ["app"])
    assert [item.name for item in kept] == ["app", "lib"]
    assert cut == (("app", "debconf"),)


def test_a_named_package_is_never_cut() -> None:
    """Whoever names bash gets bash, whoever depends on it."""
    answer = [package("app", "bash"), package("bash", "libc6"), package("libc6")]
    assert names(answer, "app", "bash") == ["app", "bash", "libc6"]


def test_packages_of_one_source_belong_together() -> None:
    """perl needs perl-base: both come from one source."""
    answer = [package("perl", "perl-base", source="perl"), package("perl-base", source="perl")]
    assert names(answer, "perl") == ["perl", "perl-base"]


def test_the_image_below_ends_the_walk() -> None:
    """What is installed is neither kept nor walked through, even where an alternative was chosen too."""
    answer = [package("app", "libc6, one | two"), package("two")]
    assert names(answer, "app", installed=("libc6", "one")) == ["app"]


def test_circles_end() -> None:
    """libc6 and libgcc-s1 need each other."""
    answer = [package("libc6", "libgcc-s1"), package("libgcc-s1", "libc6")]
    assert names(answer, "libc6") == ["libc6", "libgcc-s1"]


def test_a_certificate_store_needs_no_openssl() -> None:
    """Single dependencies are cut too, for that package alone."""
    answer = [package("ca-certificates", "openssl"), package("openssl"), package("app", "openssl")]
    assert names(answer, "ca-certificates") == ["ca-certificates"]
    assert names(answer, "ca-certificates", "app") == ["app", "ca-certificates", "openssl"]
