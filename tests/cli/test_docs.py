"""The documentation tells of every command, flag and exit code, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jettison import errors
from jettison.cli import environment
from jettison.cli.build import NOT_YET_VALUES
from jettison.cli.main import EXIT_BROKEN_PIPE, EXIT_BUG
from jettison.cli.registry import COMMANDS, Command, global_options
from jettison.cli.run import EXIT_NOT_STARTED
from jettison.cli.run import NOT_YET_SWITCHES as RUN_NOT_YET_SWITCHES
from jettison.cli.run import NOT_YET_VALUES as RUN_NOT_YET_VALUES

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS_TEXT = (DOCS / "commands.md").read_text()
SECTIONS = {section.partition("\n")[0]: section for section in re.split(r"^## ", COMMANDS_TEXT, flags=re.MULTILINE)[1:]}
VISIBLE = [command for command in COMMANDS if not command.hidden]


def code_words(text: str) -> set[str]:
    """What stands in backticks, and the parts of it that are flags."""
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"^-{1,2}[A-Za-z][\w-]*", code)}


@pytest.mark.parametrize("command", VISIBLE, ids=lambda command: command.name)
def test_every_command_and_flag_is_documented(command: Command) -> None:
    """With its usage line, its other names, its flags and their help."""
    section = SECTIONS[command.name]
    parser = command.parser(command.load())
    assert f"\n    {parser.usage()}\n" in section
    for alias in command.aliases:
        assert f"`jettison {alias}`" in section
    for option in parser.options:
        if not option.hidden:
            cells = ", ".join(f"`{flag}`" for flag in option.flags) + (f" *{option.kind}*" if option.kind else "")
            help_cell = option.describe().replace("|", "\\|")
            assert f"| {cells} | {help_cell} |" in section


@pytest.mark.parametrize("command", VISIBLE, ids=lambda command: command.name)
def test_no_other_flag_is_documented(command: Command) -> None:
    """A flag that was renamed or removed leaves the page too."""
    parser = command.parser(command.load())
    known = {flag for option in (*parser.options, *global_options()) for flag in option.flags}
    assert code_words(SECTIONS[command.name]) - known - {"-t"} == set()


def test_flags_that_are_refused_are_documented() -> None:
    """By name."""
    for name, flags in (
        ("build", NOT_YET_VALUES),
        ("run", (*RUN_NOT_YET_VALUES, *RUN_NOT_YET_SWITCHES)),
    ):
        wanted = {part for flag in flags for part in flag.split("/")}
        assert wanted - code_words(SECTIONS[name]) == set()


def test_global_options_are_documented() -> None:
    """At the top of the page."""
    top = COMMANDS_TEXT.partition("\n## ")[0]
    for option in global_options():
        assert ", ".join(f"`{flag}`" for flag in option.flags) in top


def test_every_variable_is_documented() -> None:
    """Those that the settings read."""

    source = Path(environment.__file__).read_text()
    asked = set(re.findall(r'"([A-Z][A-Z_]+)"', source)) - {"HOME"}
    section = SECTIONS["Environment"]
    assert {name for name in asked if f"`{name}`" not in section} == set()


def test_every_exit_code_is_documented() -> None:
    """The table has each error class with its code, and the codes that are no error class."""
    text = (DOCS / "exit-codes.md").read_text()
    table = text.partition("## ")[0]
    rows = re.findall(r"^\| (\d+) \| (?:`(\w+)`)? *\|", table, flags=re.MULTILINE)
    classes = {
        name: str(value.exit_code)
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.JettisonError) and value is not errors.JettisonError
    }
    assert {name: code for code, name in rows if name} == classes
    others = {0, errors.JettisonError.exit_code, EXIT_BUG, EXIT_BROKEN_PIPE}
    assert {int(code) for code, name in rows if not name} == others
    assert f"| {EXIT_NOT_STARTED} |" in text
