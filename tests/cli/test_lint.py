"""``jettison lint``, ``build --check`` and ``build --call`` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

DOCKERFILE = """\
# files holds everything
FROM scratch as files
COPY app.py /

# greeting is what it says
ARG greeting=hello
RUN --mount=type=cache,target=/c true
FROM scratch
ARG greeting
COPY --from=files app.py /
"""
CHECKED = """\
Check complete, 1 warning has been found!

WARNING: FromAsCasing - https://docs.docker.com/go/dockerfile/rule/from-as-casing/
'as' and 'FROM' keywords' casing do not match
Dockerfile:2
--------------------
   1 |     # files holds everything
   2 | >>> FROM scratch as files
   3 |     COPY app.py /
   4 |     
--------------------
"""  # noqa: W291


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a Dockerfile that has one finding."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "app.py").write_text("print()\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.chdir(folder)
    return folder


def test_check(run: Run, folder: Path) -> None:
    """buildx's text, and 1 where something is found."""
    result = run("build", "--check", ".")
    assert (result.code, result.out, result.err) == (1, CHECKED, "")
    assert run("build", "--call", "check,ignorestatus=true", ".").code == 0
    (folder / "Dockerfile").write_text("FROM scratch AS files\n")
    result = run("build", "--call=lint", ".")
    assert (result.code, result.out) == (0, "Check complete, no warnings found.\n")


def test_check_of_a_broken_dockerfile(run: Run, folder: Path) -> None:
    """What is found is shown, then the error with its place."""
    (folder / "Dockerfile").write_text("FROM scratch as files\nCOPPY a b\n")
    result = run("build", "--check", ".")
    assert result.code == 1
    assert "FromAsCasing" in result.out
    assert result.err.startswith("jettison: Dockerfile:2:1: unknown instruction: COPPY\n")
    document = json.loads(run("build", "--call", "check,format=json", ".").out)
    assert document["buildError"] == {
        "message": "unknown instruction: COPPY",
        "location": {"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]},
    }


def test_targets(run: Run) -> None:
    """Names with their descriptions; the default is marked."""
    result = run("build", "--call", "targets", ".")
    assert (result.code, result.out) == (0, "TARGET    DESCRIPTION\nfiles     holds everything\n(default) \n")
    first, second = json.loads(run("build", "--call", "targets,format=json", ".").out)["targets"]
    assert (first["name"], first["base"], first["description"]) == ("files", "scratch", "holds everything")
    assert second["default"] is True


def test_outline(run: Run) -> None:
    """Arguments with values and descriptions."""
    result = run("build", "--call", "outline", "--target", "files", "--build-arg", "greeting=hi", ".")
    assert result.out == (
        "TARGET:      files\nDESCRIPTION: holds everything\n\n"
        "BUILD ARG   VALUE   DESCRIPTION\ngreeting    hi      is what it says\n\n"
    )
    document = json.loads(run("build", "--call", "outline,format=json", "--target", "files", ".").out)
    assert document["args"][0]["value"] == "hello"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chekc", "did you mean 'check'?"),
        ("check,format=xml", "it can be json"),
        ("check,targets", "write METHOD"),
        ("check,ignorestatus=maybe", "true or false"),
    ],
)
def test_wrong_calls(run: Run, text: str, message: str) -> None:
    """Are refused with what would be right."""
    result = run("build", "--call", text, ".")
    assert result.code == 2
    assert message in result.err


def test_a_build_sums_up(run: Run, folder: Path) -> None:
    """At its end, with --debug in full, not with --quiet; error=true keeps it from beginning."""
    (folder / "Dockerfile").write_text("FROM scratch as files\nCOPY app.py /\n")
    result = run("build", ".")
    assert result.code == 0
    assert result.err.endswith(
        "\n 1 warning found (use --debug to expand):\n"
        " - FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)\n"
    )
    assert "More info: https://docs.docker.com/go/dockerfile/rule/from-as-casing/\n" in run("--debug", "build", ".").err
    assert run("build", "-q", ".").err == ""
    events = [json.loads(line) for line in run("build", "--progress", "rawjson", ".").err.splitlines()]
    assert [event["rule"] for event in events if event["event"] == "lint_warning"] == ["FromAsCasing"]
    (folder / "Dockerfile").write_text("# check=error=true\nFROM scratch as files\nCOPY app.py /\n")
    result = run("build", ".")
    assert result.code == 1
    assert "jettison: lint violation found for rules: FromAsCasing\n" in result.err
    assert " - FromAsCasing: " in result.err
    assert "COPY app.py" not in result.err
    assert run("build", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=all", ".").code == 0


def test_lint(run: Run, folder: Path) -> None:
    """Several files, each finding at its place with its fix."""
    (folder / "other.Dockerfile").write_text("FROM alpine\nCOPY $x /\nMAINTAINER me\n")
    result = run("lint", ".", "other.Dockerfile")
    assert result.code == 1
    assert result.out == (
        "Dockerfile:2:14: warning: 'as' and 'FROM' keywords' casing do not match [FromAsCasing]\n"
        "  2 | FROM scratch as files\n    |              ^^\nfix: write AS\n\n"
        "other.Dockerfile:3:1: warning: Maintainer instruction is deprecated in favor of using label"
        " [MaintainerDeprecated]\n"
        "  3 | MAINTAINER me\n    | ^^^^^^^^^^\nfix: set the label org.opencontainers.image.authors (unsafe)\n\n"
        "other.Dockerfile: not here, so not asked for variables: alpine:latest (--resolve asks registries)\n\n"
        "2 warnings; can be mended: 1 with --fix, 1 with --fix --unsafe-fixes\n"
    )
    assert run("lint", "-f", "Dockerfile", ".").code == 1
    assert run("lint", "-", stdin=b"FROM scratch\n").out == "nothing found\n"


def test_lint_tells_all_errors(run: Run) -> None:
    """At once, and what can be found besides."""
    result = run("lint", "-", stdin=b"FROM scratch as a\nRUNN x\nCOPPY a b\n")
    assert result.code == 1
    assert result.out.endswith("2 errors, 1 warning; can be mended: 1 with --fix\n")


def test_a_file_that_is_no_text(run: Run, folder: Path) -> None:
    """An error of that file, with its place; the others are checked, and a build of it ends with the same."""
    binary = folder / "binary"
    binary.write_bytes(b"\x7fELF\n\xff\0\0")
    result = run("lint", "binary", "Dockerfile")
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith("binary:2:2: this is not a text file\nhint: ")
    assert result.out.endswith("1 error, 1 warning; can be mended: 1 with --fix\n")
    assert run("lint", "--fix", "binary").code == 1
    assert binary.read_bytes() == b"\x7fELF\n\xff\0\0"
    for arguments in (("build",), ("build", "--check"), ("build", "--call=outline"), ("plan",)):
        result = run(*arguments, "-f", "binary", ".")
        assert result.code == 1, arguments
        assert "binary:2:2: this is not a text file" in result.out + result.err


def test_formats(run: Run) -> None:
    """JSON and SARIF tell the same places."""
    (found,) = json.loads(run("lint", "--format", "json").out)["files"][0]["findings"]
    assert (found["rule"], found["start"], found["end"]) == (
        "FromAsCasing",
        {"line": 2, "column": 14},
        {"line": 2, "column": 16},
    )
    assert found["fix"]["edits"] == [{"start": found["start"], "end": found["end"], "text": "AS"}]
    (result,) = json.loads(run("lint", "--format", "sarif").out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "Dockerfile"},
        "region": {"startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 16},
    }


def test_fixes(run: Run, folder: Path) -> None:
    """--diff shows, --fix writes and keeps mode, link and every other byte."""
    real = folder / "real"
    real.write_bytes(b"\xef\xbb\xbfFROM scratch as a\r\n")
    real.chmod(0o640)
    (folder / "link").symlink_to("real")
    result = run("lint", "--diff", "link")
    assert result.code == 1
    assert "-\ufeffFROM scratch as a\r\n+\ufeffFROM scratch AS a\r\n" in result.out
    real.write_bytes(b"\xef\xbb\xbfFROM scratch as a\r\n# \xff\r\nENV a \xffb\r\n")
    result = run("lint", "--fix", "link")
    assert (result.code, result.out) == (0, "2 findings mended, nothing found\n")
    assert real.read_bytes() == b"\xef\xbb\xbfFROM scratch AS a\r\n# \xff\r\nENV a=\xffb\r\n"
    assert real.stat().st_mode & 0o777 == 0o640
    assert (folder / "link").is_symlink()
    assert run("lint", "--diff", "link").out == ""


def test_wrong_use(run: Run) -> None:
    """Flags that make no sense together, and what is not there."""
    assert run("lint", "--unsafe-fixes").code == 2
    assert run("lint", "--fix", "-", stdin=b"FROM scratch\n").code == 2
    assert run("lint", "-f", "a", ".", "..").code == 2
    assert run("lint", "nosuch").code == 1
