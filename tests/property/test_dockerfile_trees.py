"""Parsing gives back what was written down: parse(render(tree)) == tree."""

from __future__ import annotations

from hypothesis import given
from tests.property.trees import Said, Written, written

from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.syntax import InstructionNode


def said(node: InstructionNode) -> Said:
    """What a node of the tree says."""
    return Said(
        name=node.name,
        flags=tuple((flag.name, flag.value.text if flag.value else "") for flag in node.flags),
        arguments=node.argument_text.text,
        heredocs=tuple((heredoc.name, heredoc.content.replace("\r\n", "\n")) for heredoc in node.heredocs),
    )


@given(written())
def test_a_tree_survives_being_written(case: Written) -> None:
    """Names, flags, arguments and heredocs, whatever stands between and around them; and the text comes back whole."""
    dockerfile = parse_dockerfile(case.text)
    assert not dockerfile.problems
    assert tuple(said(node) for node in dockerfile.instructions) == case.said
    assert dockerfile.render() == case.text


@given(written())
def test_a_rendered_tree_is_read_as_itself(case: Written) -> None:
    """Rendering and reading again changes nothing, token by token."""
    first = parse_dockerfile(case.text)
    again = parse_dockerfile(first.render())
    assert [type(node) for node in again.nodes] == [type(node) for node in first.nodes]
    tokens = [[(token.kind, token.span.text) for token in node.tokens] for node in first.instructions]
    assert [[(token.kind, token.span.text) for token in node.tokens] for node in again.instructions] == tokens
