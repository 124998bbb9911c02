"""Checks and fixes of any Dockerfile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.lint.support import Subject
from tests.property.test_dockerfile import texts

from jettison.frozen import replace
from jettison.lint.fixes import apply_fixes
from jettison.lint.model import Applicability
from jettison.model.config import ImageConfig
from jettison.model.op import Op

CASES = st.sampled_from((str.upper, str.lower, str.title))
VALUES = st.lists(
    st.sampled_from(
        ("a", "b", " ", "  ", "\t", '"', "'", "\\ ", "\\", "$x", "${x:-y z}", "=", "#", "é", "\xa0", "\u2003")
    ),
    min_size=1,
    max_size=6,
).map("".join)
PORTS = st.sampled_from(("80", "80/TCP", "1:80/udp", "::90", "[::1]:1:80", "8-9/Sctp", "$x/TCP"))
LINES = st.one_of(
    st.tuples(st.sampled_from(("env x ", "env y ", "label l ", "ENV z=", "maintainer ", "workdir ")), VALUES).map(
        "".join
    ),
    PORTS.map(lambda port: f"expose {port}"),
    st.sampled_from(
        (
            "from scratch as A",
            "from scratch AS b",
            "from a",
            "from --platform=$TARGETPLATFORM scratch",
            "from --platform=${TARGETPLATFORM} \\\n  scratch As c",
            "copy a \\\n\n  b \\\n# c\n \n /",
            "copy <<E \\\n\n /\n\nE",
            "cmd x",
            "entrypoint x $y",
            "onbuild env a b",
            "arg x=1",
            "arg key",
        )
    ),
)
DIRECTIVES = st.sampled_from(("", "# check=experimental=all\n", "# escape=`\n", "\ufeff", "# words\n"))
NEWLINES = st.sampled_from(("\n", "\r\n"))


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """Dockerfiles that mostly mean something, and break rules."""
    lines = ["from scratch", *draw(st.lists(LINES, max_size=8))]
    spelled = []
    for line in lines:
        keyword, blank, rest = line.partition(" ")
        spelled.append(draw(st.sampled_from(("", "# x\n", "# a b\n"))) + draw(CASES)(keyword) + blank + rest)
    text = "\n".join(spelled) + draw(st.sampled_from(("", "\n")))
    return draw(DIRECTIVES) + text.replace("\n", draw(NEWLINES))


@given(texts | dockerfiles())
def test_checks_of_any_text(text: str) -> None:
    """Nothing breaks them; what they find has a place in the text, by line."""
    findings = Subject(text=text).check()
    for found in findings:
        assert 0 <= found.span.first <= found.span.last <= len(text)
        assert 1 <= found.lines[0] <= found.lines[1] <= text.count("\n") + 1
    assert [found.lines[0] for found in findings] == sorted(found.lines[0] for found in findings)


@given(dockerfiles())
def test_safe_fixes_keep_the_image(text: str) -> None:
    """Config, history and steps stay the same; what was mended is found no more; rounds come to an end."""
    before = Subject(text=text)
    after = before
    for _ in range(10):
        findings = after.check()
        fixed = apply_fixes(after.text, findings, (Applicability.SAFE,))
        if not fixed.made:
            break
        after = replace(after, text=fixed.text)
    assert not fixed.made
    assert meaning(after) == meaning(before)


def meaning(subject: Subject) -> tuple[ImageConfig, tuple[str, ...], list[Op]] | None:
    """What a builder makes of it; None where that is an error."""
    definition = subject.convert()
    if definition is None:
        return None
    history = tuple(step.history.created_by for step in definition.steps)
    return definition.image, history, [vertex.op for vertex in definition.vertices]
