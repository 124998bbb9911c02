"""The rows of the pane of layers."""

from __future__ import annotations

from tests.explore.support import HISTORY, LAYERS

from jettison.explore.instructions import read_steps
from jettison.model.config import ImageConfig
from jettison.model.platform import Platform


def test_lines_that_are_known_go_before_the_history() -> None:
    """With the flags that a history leaves out, in the title and in full; instructions without a layer keep theirs."""
    config = ImageConfig(platform=Platform.parse("linux/amd64"), history=HISTORY)
    text = "RUN --mount=type=cache,target=/var/cache/apt \\\n  apt-get install gcc"
    steps = read_steps(config, len(LAYERS), {1: text})
    assert [step.title for step in steps if step.layer is not None][:3] == [
        "ADD file:0123456789abcdef in /",
        "RUN --mount=type=cache,target=/var/cache/apt \\ apt-get install gcc",
        "COPY . .",
    ]
    assert next(step for step in steps if step.layer == 1).text == text
    assert [step.title for step in steps if step.layer is None] == ['CMD ["sh"]', "WORKDIR /app", 'CMD ["/app/server"]']
