"""Dockerfiles that are made as a tree and written down: what was said is known, however oddly it is spelled."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Said:
    """One instruction: its name in upper case, its flags, its arguments on one line, its heredocs."""

    name: str
    flags: tuple[tuple[str, str], ...]
    arguments: str
    heredocs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and the instructions that it spells."""

    text: str
    said: tuple[Said, ...]


_LETTERS = "abcxyzé09._/:-"
words = st.text(_LETTERS, min_size=1, max_size=8).filter(lambda word: not word.startswith("-"))
_NAMES = st.sampled_from(
    ("ENV", "LABEL", "USER", "WORKDIR", "EXPOSE", "VOLUME", "STOPSIGNAL", "CMD", "ENTRYPOINT", "RUN")
)
_HEREDOC_LINES = st.lists(st.text("ab $#\\\"'\t", max_size=6), max_size=3)
_BETWEEN = ("", "\n", "# a comment\n", "   # indented\n", " \t\n", "#\n")


@st.composite
def _said(draw: st.DrawFn) -> Said:
    name = draw(_NAMES)
    flags: tuple[tuple[str, str], ...] = ()
    if name == "RUN":
        flags = tuple(draw(st.lists(st.tuples(st.sampled_from(("mount", "network")), words), max_size=2)))
    arguments = " ".join(draw(st.lists(words, min_size=1, max_size=4)))
    heredocs: tuple[tuple[str, str], ...] = ()
    if name == "RUN" and draw(st.booleans()):
        body = "".join(f"{line}\n" for line in draw(_HEREDOC_LINES))
        heredocs = (("END", body),)
        arguments += " <<END"
    return Said(name, flags, arguments, heredocs)


@st.composite
def written(draw: st.DrawFn) -> Written:
    """A whole Dockerfile: a FROM and some instructions, with any mixture of spellings that mean the same."""
    escape = draw(st.sampled_from("\\`"))
    newline = draw(st.sampled_from(("\n", "\r\n")))
    said = (Said("FROM", (), "image"), *draw(st.lists(_said(), max_size=5)))
    text = "# escape=`\n" if escape == "`" else ""
    for instruction in said:
        text += draw(st.sampled_from(_BETWEEN))
        text += draw(st.sampled_from(("", "  ", "\t")))
        text += draw(st.sampled_from((instruction.name, instruction.name.lower(), instruction.name.title())))
        text += draw(st.sampled_from((" ", "  ", "\t"))) + draw(_cut(escape))
        for name, value in instruction.flags:
            text += f"--{name}={value} "
        first, *rest = instruction.arguments.split(" ")
        text += first
        for word in rest:
            text += draw(_cut(escape)) + " " + word
        text += draw(st.sampled_from(("", " ", "\t"))) + "\n"
        text += "".join(f"{body}{name}\n" for name, body in instruction.heredocs)
    if not draw(st.booleans()):
        text = text.removesuffix("\n")
    return Written(text.replace("\n", newline), said)


def _cut(escape: str) -> st.SearchStrategy[str]:
    """Nothing, or the end of a line that goes on: with blanks behind it, comments and empty lines after it."""
    return st.sampled_from(
        ("", "", "", f"{escape}\n", f"{escape} \t\n", f"{escape}\n# in between\n", f"{escape}\n\n", f"{escape}\n\t#\n")
    )
