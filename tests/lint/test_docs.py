"""Every rule has its page, and what the page shows is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.lint.support import Subject

from jettison.dockerfile.ignore import parse_ignore
from jettison.lint.model import Rule
from jettison.lint.registry import RULES

PAGES = Path(__file__).parents[2] / "docs" / "rules"
INDEX = (PAGES.parent / "lint.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_examples(rule: Rule) -> None:
    """The rule finds something in the first example, and nothing in the second one."""
    text = (PAGES / f"{rule.name}.md").read_text()
    bad, good = blocks(text, "dockerfile")
    ignored = blocks(text, "gitignore")
    ignore = parse_ignore(ignored[0]) if ignored else None
    assert rule.name in {finding.rule.name for finding in Subject(text=bad, ignore=ignore).check()}
    assert rule.name not in {finding.rule.name for finding in Subject(text=good, ignore=ignore).check()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_page(rule: Rule) -> None:
    """Its title, its sections, and what it is: level, category, fix."""
    text = (PAGES / f"{rule.name}.md").read_text()
    fix = f"{rule.fix} fix" if rule.fix else "no fix"
    experimental = " · experimental" if rule.experimental else ""
    assert text.startswith(f"# {rule.name}\n\n{rule.level} · {rule.category} · {fix}{experimental}\n")
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == [
        "What it does",
        "Why this is bad",
        "Example",
        "Fix",
    ]


def test_index() -> None:
    """``docs/lint.md`` lists all rules in alphabetical order, and no page is left over."""
    names = sorted(rule.name for rule in RULES)
    assert re.findall(r"^\| \[(\w+)\]\(rules/\1\.md\) \|", INDEX, flags=re.MULTILINE) == names
    assert sorted(path.stem for path in PAGES.glob("*.md")) == names
