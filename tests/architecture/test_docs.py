"""The pages for developers name what there is, and nothing else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import jettison
from jettison.store.schema import MIGRATIONS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "jettison"
DOCS = ROOT / "docs"
ARCHITECTURE = (DOCS / "architecture.md").read_text(encoding="utf-8")
DEPENDENCIES = (DOCS / "dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def section(text: str, heading: str) -> str:
    """What stands under a heading of the second level."""
    return text.partition(f"\n## {heading}")[2].partition("\n## ")[0]


def names_of(requirements: list[str]) -> set[str]:
    """The packages of requirement specifiers."""
    return {re.split(r"[\s<>=!~;\[]", text, maxsplit=1)[0] for text in requirements}


def rows(text: str) -> set[str]:
    """What stands in backticks in the first cell of each row of a table."""
    cells = re.findall(r"^\| (`.*?) \|", text, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_package_is_on_the_map() -> None:
    """In the picture of the floors, which has no package that is gone."""
    picture = section(ARCHITECTURE, "Floors").split("```")[1]
    lines = [line.rstrip() for line in picture.splitlines() if line]
    drawn = {word for line in lines for word in re.split(r"\s{3,}", f"{line}   ")[0].split()}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    named = {word for line in lines for word in re.findall(r"[a-z]+", line[:45])}
    assert packages - named == set()
    assert drawn <= packages | {"errors"}


def test_files_that_the_architecture_names_exist() -> None:
    """``package/module.py`` and, after it, the modules beside it."""
    wrong = []
    for line in ARCHITECTURE.splitlines():
        folder = None
        for place in re.findall(r"`((?:[\w/]+/)?\w+\.py)`", line):
            path = PACKAGE / place if "/" in place else (folder or PACKAGE) / place
            folder = path.parent
            if not path.exists() and not (ROOT / place).exists():
                wrong.append(place)
    assert wrong == []


def test_every_table_of_the_store_is_named() -> None:
    """Those of the schema, by their names."""
    script = "".join(MIGRATIONS)
    tables = set(re.findall(r"CREATE TABLE (\w+)", script)) - set(re.findall(r"DROP TABLE (\w+)", script))
    assert {table for table in tables if f"`{table}`" not in section(ARCHITECTURE, "The store")} == set()


def test_every_folder_of_tests_is_named() -> None:
    """By its own row, or by mirroring a package."""
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py"))}
    text = section(ARCHITECTURE, "Tests")
    assert {folder for folder in folders - packages if f"tests/{folder}/" not in text} == set()


def test_every_dependency_has_a_row() -> None:
    """Those that programs need and those that developers need, and no others."""
    assert rows(section(DEPENDENCIES, "At run time")) == names_of(PROJECT["dependencies"])
    assert rows(section(DEPENDENCIES, "For developers")) == names_of(PROJECT["optional-dependencies"]["dev"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links to files of the repository."""
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_decisions_are_numbered_without_gaps() -> None:
    """One page each, its number in name and title."""
    pages = sorted((DOCS / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:4])}. ")


def test_the_changelog_knows_the_version() -> None:
    """It is there as a heading, or as what the unreleased changes will become."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{jettison.__version__}]" in text or jettison.__version__ in section(text, "[Unreleased]")


def test_the_chinese_readme_shows_the_same() -> None:
    """The same commands with the same output, remarks aside; the same pictures and links; the same rows of commands."""
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))

    def blocks(text: str) -> list[str]:
        found = re.findall(r"^```\w+\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
        return [re.sub(r" {2,}# .*$", "", block, flags=re.MULTILINE) for block in found]

    assert blocks(english) == blocks(chinese)
    assert rows(english) == rows(chinese)
    links = re.compile(r'(?:src|srcset)="[^"]+"|\]\([^)#]+\)')
    assert set(links.findall(english)) == set(links.findall(chinese))
