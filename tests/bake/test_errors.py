"""What is wrong in a bake file is told with its place, and with a suggestion where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

from jettison.cli import bake_files

CASES = [
    pytest.param('target "a" {', "docker-bake.hcl:1:12: this block has no closing brace", "", id="open block"),
    pytest.param(
        'target "a" { tags = [ }', "docker-bake.hcl:1:23: expected an expression, found '}'", "", id="open list"
    ),
    pytest.param(
        'target "a" {\n  tags = ["x]\n}',
        "docker-bake.hcl:2:11: this text has no closing quote",
        "heredocs",
        id="open text",
    ),
    pytest.param("target 'a' {}", "docker-bake.hcl:1:8: unexpected character", "double quotes", id="single quotes"),
    pytest.param('traget "a" {}', "a block 'traget' means nothing", "did you mean target?", id="block"),
    pytest.param('target "a" "b" {}', "a target has one name", "", id="labels"),
    pytest.param('target "a.b" {}', "invalid name 'a.b'", "sanitize()", id="name"),
    pytest.param(
        'target "a" { context = VERSON }\nvariable "VERSION" {}',
        "docker-bake.hcl:1:24: there is no variable 'VERSON'",
        "did you mean VERSION?",
        id="variable",
    ),
    pytest.param(
        'target "a" { context = uper("x") }',
        "docker-bake.hcl:1:24: there is no function 'uper'",
        "did you mean upper?",
        id="function",
    ),
    pytest.param('target "a" { context = upper() }', "upper() takes 1 arguments, 0 given", "str", id="arguments"),
    pytest.param(
        'target "a" { context = upper(["x"]) }',
        "upper(): str takes something else: a string is required",
        "",
        id="argument",
    ),
    pytest.param(
        'target "a" { tags = "x" }',
        "docker-bake.hcl:1:21: tags: a list of string is required, but this is a string",
        "",
        id="type",
    ),
    pytest.param('target "a" { output = ["dest=x,name=y"] }', "output: type is required", "", id="entry"),
    pytest.param('target "a" { secret = ["id=x,scr=y"] }', "unknown key 'scr'", "did you mean src?", id="secret"),
    pytest.param(
        'variable "A" { default = B }\nvariable "B" { default = A }',
        "the variable 'A' needs itself",
        "",
        id="circle of variables",
    ),
    pytest.param(
        'function "f" {\n  params = []\n  result = f()\n}',
        "the function 'f' needs itself",
        "",
        id="circle of functions",
    ),
    pytest.param(
        'target "a" {\n  context = target.a.dockerfile\n  dockerfile = target.a.context\n}',
        "target.a.context needs itself",
        "",
        id="circle of attributes",
    ),
    pytest.param(
        'target "a" { contexts = { x = "target:b" } }\ntarget "b" { contexts = { x = "target:a" } }',
        "targets have each other as contexts: a -> b -> a",
        "",
        id="circle of contexts",
    ),
    pytest.param(
        'target "a" { contexts = { x = "target:a" } }', "target 'a' has itself as a context", "", id="context of itself"
    ),
    pytest.param(
        'target "a" { inherits = ["bse"] }\ntarget "base" {}',
        "there is no target 'bse'",
        "did you mean base?",
        id="inherits",
    ),
    pytest.param('target "a" { name = "x" }', "name needs a matrix", "", id="name without matrix"),
    pytest.param(
        'target "a" { matrix = { x = ["1", "2"] } }',
        "two targets of the matrix are called 'a'",
        "name =",
        id="matrix without name",
    ),
    pytest.param('group "a" {}', "this group has no 'targets'", "", id="group"),
    pytest.param(
        'target "a" {\n  x = 1\n  x = 2\n}', "docker-bake.hcl:3:3: 'x' is set already, in line 2", "", id="twice"
    ),
    pytest.param(
        'variable "V" {\n  default = 1\n  validation {\n    condition = V > 1\n    error_message = "V is ${V}"\n  }\n}',
        "docker-bake.hcl:4:17: V is 1",
        "",
        id="validation",
    ),
    pytest.param(
        'variable "V" {\n  type = strng\n}',
        "docker-bake.hcl:2:10: this is no type",
        "did you mean string?",
        id="variable's type",
    ),
    pytest.param(
        'variable "V" {\n  type = number\n  default = "x"\n}',
        "the default of V: a number is required",
        "",
        id="default",
    ),
    pytest.param('target "a" { context = "${1 / 0}" }', "division by zero", "", id="division"),
    pytest.param(
        'target "a" { context = bcrypt("x") }', "this function of buildx is not supported", "", id="cryptography"
    ),
    pytest.param('target "a" { args = { X = "%{ if true }" } }', "%{if} without %{endif}", "", id="template"),
    pytest.param("x = " + "(" * 3000 + "1", "nested too deeply", "", id="depth"),
    pytest.param("x = " + "1 + " * 20000 + "1", "nested too deeply", "", id="length"),
]


@pytest.mark.parametrize(("text", "message", "hint"), CASES)
def test_errors_tell_place_and_suggestion(
    text: str, message: str, hint: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message, the hint, no traceback, exit code 1 or 2."""
    (tmp_path / "docker-bake.hcl").write_text(text + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("bake", "--print", "a")
    assert message in result.err
    assert hint in result.err
    assert result.code in (1, 2)
    assert result.out == ""


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        pytest.param(["b"], "there is no target 'b'", "", id="target"),
        pytest.param(["x*"], "no target matches 'x*'", "there is app", id="pattern"),
        pytest.param([], "there is no target or group 'default'", "name what to build: app", id="default"),
        pytest.param(["app", "--set", "app.tag=x"], "unknown key 'tag'", "did you mean tags?", id="key"),
        pytest.param(["app", "--set", "ap.tags=x"], "no target matches 'ap'", "did you mean app?", id="set target"),
        pytest.param(["app", "--set", "app.platforms=x"], "unknown key 'platforms'", "platform", id="platforms"),
        pytest.param(["app", "--set", "app"], "invalid --set 'app'", "TARGET.KEY=VALUE", id="form"),
        pytest.param(["app", "--set", "app.args=x"], "args needs a name", "TARGET.args.NAME", id="args"),
        pytest.param(["app", "--set", "app.context+=x"], "only lists can be added to", "", id="append"),
        pytest.param(["app", "--set", "app.pull=maybe"], "'maybe' is neither true nor false", "", id="truth"),
        pytest.param(["app", "--set", "app.secret.x=env=A"], "the target has no secret 'x'", "", id="secret"),
        pytest.param(["--var", "x"], "invalid --var 'x'", "NAME=VALUE", id="variable"),
        pytest.param(["--list", "tragets"], "invalid --list type 'tragets'", "targets", id="list"),
        pytest.param(["--print", "--list", "targets"], "exclude each other", "", id="print and list"),
        pytest.param(["-f", "nowhere.hcl"], "no such bake file: nowhere.hcl", "", id="file"),
    ],
)
def test_wrong_arguments_are_told_of(
    arguments: list[str], message: str, hint: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with what was meant or what there is."""
    (tmp_path / "docker-bake.hcl").write_text('target "app" {}\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("bake", *(["--print"] if "--list" not in arguments else []), *arguments)
    assert message in result.err
    assert hint in result.err
    assert result.code in (1, 2)


def test_without_files_the_usual_names_are_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without bake file."""
    monkeypatch.chdir(tmp_path)
    result = run("bake", "--print")
    assert "no bake file here" in result.err
    assert "docker-bake.hcl" in result.err


def test_what_means_nothing_is_told_of_and_passed_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """buildx is silent about attributes that it does not know."""
    (tmp_path / "docker-bake.hcl").write_text('target "default" { dokerfile = "x" }\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("bake", "--print")
    assert result.code == 0
    assert "docker-bake.hcl:1:20: target 'default' has 'dokerfile', which means nothing" in result.err
    assert "did you mean dockerfile?" in result.err


COMPOSE = [
    pytest.param("services:\n  a: [", "compose.yaml:", id="syntax"),
    pytest.param("services:\n  a:\n    build:\n      contxt: .\n", "a build has no 'contxt'", id="key"),
    pytest.param(
        "services:\n  a:\n    build:\n      args: {A: '${X:?set it}'}\n",
        "the variable X is missing: set it",
        id="required",
    ),
    pytest.param(
        "services:\n  a:\n    build:\n      args: {A: '$'}\n", "a $ that is no variable is written $$", id="dollar"
    ),
    pytest.param("services:\n  a:\n    extends: b\n", "there is no service 'b'", id="extends"),
    pytest.param("services:\n  a:\n    extends: a\n", "the service 'a' extends itself", id="extends itself"),
    pytest.param("include: [x.yaml]\nservices: {}\n", "include is not supported yet", id="include"),
    pytest.param(
        "services:\n  a:\n    build:\n      secrets: [x]\nsecrets:\n  x: {external: true}\n",
        "the secret 'x' is external",
        id="secret",
    ),
    pytest.param("services:\n  a:\n    build:\n      shm_size: many\n", "'many' is no size", id="size"),
    pytest.param("networks: {}\n", "this Compose file has no services", id="services"),
    pytest.param(
        "a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nh: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
        "more than 200000 values",
        id="aliases",
    ),
]


@pytest.mark.parametrize(("text", "message"), COMPOSE)
def test_errors_of_compose_files_tell_their_place(
    text: str, message: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``compose.yaml:line:column`` and the marked line."""
    (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run("bake", "--print")
    assert message in result.err
    assert "compose.yaml:" in result.err
    assert result.code == 1


def test_a_pattern_without_end(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluating has a limit, in the files and in what targets inherit, with a hint at what takes so long."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bake_files, "EVALUATION_SECONDS", 0.5)
    text = 'target "default" { tags = [regex("(a+)+$", "%sb")] }'
    (tmp_path / "docker-bake.hcl").write_text(text % ("a" * 100))
    result = run("bake", "--print")
    assert result.code == 1
    assert result.err.startswith(
        "jettison: the bake files are not evaluated after 0.5 seconds\nhint: a pattern of regex()"
    )
