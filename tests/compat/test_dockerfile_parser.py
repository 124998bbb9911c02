"""BuildKit 0.12's own parser, as the PyPI module ``dockerfile``, reads what we read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.dockerfile.instructions import (
    Arg,
    Cmd,
    CommandLine,
    Entrypoint,
    Env,
    Expose,
    FileTransfer,
    Form,
    From,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from jettison.dockerfile.interpret import interpret
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.syntax import Dockerfile, InstructionNode
from jettison.text.diagnostics import SourceError
from jettison.text.span import Word

oracle = pytest.importorskip("dockerfile", reason="PyPI module 'dockerfile' is not installed")

FILES = [
    "FROM alpine\n",
    "from alpine as x\nrun echo hi\n",
    "FROM a\nRUN a \\\n  b \\\n# comment\n\n  c\n",
    "FROM a\nRUN a \\  \n  b\\\n\n",
    "# escape=`\nFROM a\nRUN a `\n b\nENV p=C:\\\n",
    "\ufeffFROM a\nRUN x\n",
    "FROM a\r\nRUN a \\\r\n b\r\nRUN <<E\r\nx\r\nE\r\n",
    "FROM a\nENV a=b c=\"d e\" f=g\\ h i='j k'\nENV old style value\n",
    "FROM a\nLABEL a b\nLABEL a=b c=d\n",
    "FROM a\nARG a b=c d=\n",
    'FROM a\nCMD ["a", "b c", "\\u0041\\n\\"", "\\ud83d\\ude00"]\nCMD []\n',
    'FROM a\nCMD [a, b]\nCMD [\'a\']\nCMD ["a",]\nCMD [ "a" ]  \n',
    'FROM a\nRUN --mount=type=cache,target=/x --network=none make\nRUN -- echo\nRUN --a="b c" x\n',
    'FROM a\nCOPY --from=b --chown=1:2 x y/ z/\nADD ["a b", "/c"]\nVOLUME /a /b\nVOLUME ["/a"]\n',
    "FROM a\nRUN <<EOF\na\n  b $c\nEOF\nRUN <<-EOF cat\n\ta\n\tEOF\nRUN <<'EOF'\n$x\nEOF\n",
    'FROM a\nCOPY <<a <<"b" /x/\n1\na\n2\nb\nRUN 3<<E cat\nx\nE\n',
    "FROM a\nRUN cat<<EOF\nRUN echo \"<<EOF\"\nRUN echo '<<EOF'\n",
    'FROM a\nONBUILD RUN <<E\nx\nE\nONBUILD COPY a b\nONBUILD RUN ["a"]\n',
    'FROM a\nHEALTHCHECK --interval=3s --retries=2 CMD curl x\nHEALTHCHECK NONE\nHEALTHCHECK CMD ["a"]\n',
    'FROM a\nSHELL ["/bin/bash", "-c"]\nSTOPSIGNAL 9\nUSER a:b\nWORKDIR /a b\nMAINTAINER a b <c@d>\nEXPOSE 80 70/udp\n',
    "FROM a\nRUN\nCMD\nENTRYPOINT\n",
    "FROM a\n   \t RUN x  \n\n\n#c\n  # d\nRUN\ty\n",
    "FROM a\nRUN echo $'<<' <<E\nE\n",
    "FROM --platform=$BUILDPLATFORM a AS b\n",
    "FROM a\nENV a\\ b=c\nENV \"a b\"=c\nENV a='b\\' c\n",
    "FROM a\nRUN a\\\\\nRUN b\\\\\\\nRUN c\n",
    "FROM a\n\\\nRUN x\n",
    "FROM a\nRUN a \\\n",
    'FROM a\nRUN ["a",\\\n"b"]\n',
    "# comment first\n# escape=`\nFROM a\nRUN a \\\n b\n",
    "#escape=`\n#syntax=x\nFROM a\n",
    "# syntax=a/b:c\n\n# escape=`\nFROM a\nRUN a \\\n b\n",
]
ERRORS = [
    "",
    "# only a comment\n",
    "FROM a\nCMD [1]\n",
    'FROM a\nCMD ["a", ["b"]]\n',
    "FROM a\nENV a\n",
    "FROM a\nENV a=b c\n",
    "FROM a\nRUN <<EOF\nx\n",
    "# escape=x\nFROM a\n",
    "# escape=`\n# escape=`\nFROM a\n",
]
# Rules of a later stage of BuildKit, which the module does not have.
LATER = (
    "ADD requires", "ARG names", "COPY requires", "ENV names", "ENV requires", "EXPOSE requires", "FROM requires",
    "LABEL names", "LABEL requires", "HEALTHCHECK", "MAINTAINER requires", "ONBUILD", "SHELL requires",
    "STOPSIGNAL requires", "USER requires", "VOLUME", "WORKDIR requires", "chaining ONBUILD", "duplicate flag",
    "expecting boolean", "invalid duration", "invalid name for build stage", "invalid network", "missing a value",
    "missing command", "unknown flag", "unknown instruction", "unknown type", "the flag has", "interval",
    "FROM isn't", "MAINTAINER isn't", "ARG requires", "a field that", "COPY cannot", "ADD cannot",
)  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_equal(text: str) -> None:
    """Keywords, flags, values, heredocs and lines are those of BuildKit's parser."""
    compare(text)


@pytest.mark.parametrize("text", ERRORS)
def test_equally_wrong(text: str) -> None:
    """What BuildKit's parser refuses is refused."""
    with pytest.raises(oracle.GoParseError):
        oracle.parse_string(text)
    dockerfile = parse_dockerfile(text)
    assert dockerfile.problems or read_all(dockerfile)[1]


# Where BuildKit 0.12 differs from later ones: an array with something behind it is JSON (so arrays here end their line),
# and blanks may not stand between << and the delimiter (so << never stands alone).
PIECES = [
    *("FROM a\n", "RUN ", "COPY ", "ENV ", "ARG ", "CMD ", "LABEL ", "ONBUILD ", "HEALTHCHECK ", "VOLUME ", "ADD "),
    *("NONE ", "CMD", "# c\n", "# escape=`\n", "--x=y ", "--", "--a='b c' ", "=", "a", "bc", "a=b", " ", "  ", "\t"),
    *("\n", "\n", "\n", "\\\n", "\\", "`", "`\n", "\\ \n", "\r\n", '"', "'", "$", "${a}", "${a:-b}", "$a", "{", "}"),
    *(
        "<<E",
        "<<-E",
        "<<'E'",
        '<<"E"',
        "<<$a",
        "3<<E",
        "\nE\n",
        "\n\tE\n",
        "E",
        "[a]",
        "[]\n",
        '["a"]\n',
        '["a","b"] \n',
    ),
    *(
        '["a", 1]\n',
        '["a",]\n',
        '["a", {"b": [null, 1e3]}]\n',
        '["a",\\\n"b"]\n',
        "#",
        "é",
        "\x0b",
        "\x0c",
        ":",
        "/x",
        ".",
    ),
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(lambda pieces: "FROM a\n" + "".join(pieces)))
def test_any_text(text: str) -> None:
    """Also of text that nobody would write."""
    compare(text)


def compare(text: str) -> None:
    dockerfile = parse_dockerfile(text)
    ours, messages = read_all(dockerfile)
    try:
        theirs = oracle.parse_string(text)
    except oracle.GoParseError as error:
        assert dockerfile.problems or messages, f"BuildKit refuses it: {error}"
        return
    assert not dockerfile.problems, f"BuildKit takes it, we do not: {dockerfile.problems[0].render()}"
    for message in messages:
        assert message.startswith(LATER), f"BuildKit takes it, we do not: {message}"
    assert len(theirs) == len(dockerfile.instructions)
    for node, instruction, command in zip(dockerfile.instructions, ours, theirs, strict=True):
        assert node.keyword.text.lower() == (command.cmd or "").lower()
        assert node.span.start.line <= command.start_line
        assert command.end_line <= max(node.span.end.line, command.start_line)
        compare_heredocs(node, command)
        assert tuple(flag.span.text for flag in node.flags if plain(flag.span.text)) == tuple(
            flag for flag, own in zip(command.flags, node.flags, strict=True) if plain(own.span.text)
        )
        if instruction is not None:
            assert values(instruction) == command.value
            assert is_json(instruction) == command.json


def compare_heredocs(node: InstructionNode, command: Any) -> None:
    if node.name == "ONBUILD":  # the module does not report those
        return
    assert [(heredoc.name, heredoc.content) for heredoc in node.heredocs] == [
        (heredoc.name, heredoc.content) for heredoc in command.heredocs
    ]


def plain(flag: str) -> bool:
    """Whether a flag is its own source: no quotes or escapes, no letters that BuildKit reads as bytes."""
    return flag.isascii() and not set(flag) & set("'\"\\`\n")


def read_all(dockerfile: Dockerfile) -> tuple[list[Instruction | None], list[str]]:
    instructions: list[Instruction | None] = []
    messages = []
    for node in dockerfile.instructions:
        try:
            instruction = interpret(node)
        except SourceError as error:
            messages += [problem.message for problem in error.problems]
            instructions.append(None)
        else:
            instructions.append(instruction)
            if isinstance(instruction, Onbuild) and instruction.instruction is None:
                messages += [problem.message for problem in instruction.problems]
                instructions[-1] = None
    return instructions, messages


def values(instruction: Instruction) -> tuple[str, ...]:
    match instruction:
        case From(image=image, stage_name=name):
            return (
                (image.text, *instruction.node.argument_text.text.split()[1:2], name.span.text)
                if name
                else (image.text,)
            )
        case Arg(declarations=declarations):
            return tuple(d.key.text if d.default is None else f"{d.key.text}={d.default.text}" for d in declarations)
        case Env(pairs=pairs) | Label(pairs=pairs):
            return tuple(text for pair in pairs for text in (pair.key.text, pair.value.text))
        case Run(command=command) | Cmd(command=command) | Entrypoint(command=command):
            return command_values(command)
        case FileTransfer():
            words = [*instruction.sources, *(file.word for file in instruction.files), instruction.destination]
            return texts(sorted(words, key=lambda word: word.span.first))
        case Healthcheck(command=command):
            return ("NONE",) if command is None else ("CMD", *command_values(command))
        case Onbuild(instruction=Instruction() as inner):
            return values(inner)
        case Workdir(path=word) | User(user=word) | Stopsignal(signal=word) | Maintainer(author=word):
            return (word.text,)
        case Expose():
            return tuple(instruction.node.argument_text.text.split())
        case Volume(paths=words) | Shell(args=words):
            return texts(words)
    raise AssertionError(instruction)


def command_values(command: CommandLine) -> tuple[str, ...]:
    if command.form is Form.EXEC:
        return command.strings
    return (command.text.text,) if command.text.text else ()


def texts(words: Any) -> tuple[str, ...]:
    return tuple(word.text for word in words if isinstance(word, Word))


def is_json(instruction: Instruction) -> bool:
    match instruction:
        case Run(command=command) | Cmd(command=command) | Entrypoint(command=command) | Healthcheck(command=command):
            return command is not None and command.form is Form.EXEC
        case FileTransfer(destination=word) | Volume(paths=(word, *_)):
            return word.span.text.startswith('"') and instruction.node.argument_text.text.startswith("[")
        case Onbuild(instruction=Instruction() as inner):
            return is_json(inner)
        case Shell():
            return True
    return False
