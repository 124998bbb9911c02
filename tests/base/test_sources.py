"""Sources: this machine's own, carried to another release, or what is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.base import sources
from jettison.base.sources import Source, parse_os_release, parse_source_line, parse_source_list, resolve_sources
from jettison.errors import NotFoundError, UsageError


def test_both_formats_are_read() -> None:
    """deb822 and one-line sources give the same values; source packages, comments and disabled entries are left out."""
    deb822 = """\
# comment
Types: deb deb-src
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
URIs: https://other.example
Suites: x
Enabled: no
"""
    lines = """\
# deb https://commented.example bookworm main
deb-src https://mirror.example/debian bookworm main
deb [ arch=amd64 signed-by=/usr/share/keyrings/k.gpg ] https://mirror.example/debian bookworm main contrib # why
deb [signed-by=/usr/share/keyrings/k.gpg] https://mirror.example/debian bookworm-updates main contrib
"""
    expected = [
        Source(
            url="https://mirror.example/debian",
            suite=suite,
            components=("main", "contrib"),
            signed_by="/usr/share/keyrings/k.gpg",
        )
        for suite in ("bookworm", "bookworm-updates")
    ]
    assert list(parse_source_list(deb822, "debian.sources")) == expected
    assert list(parse_source_list(lines, "sources.list")) == expected


def test_a_line_survives_the_round_trip() -> None:
    """What is written into apt's folder is what was read."""
    line = "deb [signed-by=/k.gpg trusted=yes] file:/archive ./"
    assert parse_source_line(line, "mirror").line().strip() == line


@pytest.mark.parametrize("line", ["deb", "deb https://x", "deb [broken https://x y main"])
def test_a_broken_line_is_refused(line: str) -> None:
    """The error shows the line and what was expected."""
    with pytest.raises(UsageError, match="not a source line"):
        parse_source_line(line, "mirror")


def test_unknown_options_of_a_mirror_are_refused() -> None:
    """An option that would not be honoured is not ignored."""
    with pytest.raises(UsageError, match="unknown option 'lang'"):
        parse_source_line("deb [lang=de] https://x y main", "mirror")


def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codename: str = "bookworm") -> Path:
    """A machine of this release; returns its /etc/apt."""
    release = tmp_path / "os-release"
    release.write_text(f'ID=debian\nVERSION_CODENAME="{codename}"\n')
    monkeypatch.setattr(sources, "OS_RELEASE", release)
    etc_apt = tmp_path / "apt"
    (etc_apt / "sources.list.d").mkdir(parents=True)
    return etc_apt


def test_the_machines_sources_are_carried_to_another_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Updates and security follow; third parties', backports and broken files stay out."""
    etc_apt = host(tmp_path, monkeypatch)
    (etc_apt / "sources.list").write_text(
        "deb https://m.example/debian bookworm main\n"
        "deb https://m.example/debian bookworm-updates main\n"
        "deb https://m.example/debian bookworm-backports main\n"
        "deb https://s.example/security bookworm-security main\n"
    )
    (etc_apt / "sources.list.d" / "node.list").write_text("deb https://node.example nodistro main\n")
    (etc_apt / "sources.list.d" / "broken.list").write_text("deb [\n")
    (etc_apt / "sources.list.d" / "ignored.bak").write_text("deb https://bak.example bookworm main\n")
    found = resolve_sources((), "trixie", etc_apt=etc_apt)
    assert [(source.url, source.suite) for source in found] == [
        ("https://m.example/debian", "trixie"),
        ("https://m.example/debian", "trixie-updates"),
        ("https://s.example/security", "trixie-security"),
    ]
    assert resolve_sources((), None, etc_apt=etc_apt)[0].suite == "bookworm"


def test_a_machine_without_sources_says_what_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No archive is known by name."""
    with pytest.raises(NotFoundError) as caught:
        resolve_sources((), None, etc_apt=host(tmp_path, monkeypatch))
    assert "--mirror" in (caught.value.hint or "")


def test_a_mirror_takes_the_place_of_the_machines_sources() -> None:
    """A URL gives the release's main component, a line is taken as it is."""
    url, line = resolve_sources(("https://m.example/debian", "deb https://n.example x main non-free"), "sid")
    assert (url.suite, url.components) == ("sid", ("main",))
    assert (line.suite, line.components) == ("x", ("main", "non-free"))


def test_os_release_is_read_as_the_shell_would() -> None:
    """Quotes go, comments and damaged lines are passed over."""
    assert parse_os_release("# c\nID=debian\nNAME='Debian GNU/Linux'\nBAD=\"\nX\n") == {
        "ID": "debian",
        "NAME": "Debian GNU/Linux",
    }
