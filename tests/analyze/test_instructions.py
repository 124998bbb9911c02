"""The history of an image in the words of a Dockerfile, and where its base ends."""

from __future__ import annotations

import pytest

from jettison.analyze.base import Base
from jettison.analyze.instructions import read_instructions, readable
from jettison.analyze.written import WrittenLine
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.platform import Platform


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
        ("RUN |2 A=1 B=two words /bin/sh -c make all # buildkit", "RUN make all"),
        ("/bin/sh -c apt-get update &&     apt-get install", "RUN apt-get update && apt-get install"),
        ("|1 A=1 /bin/sh -c make", "RUN make"),
        ('/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'),
        ("/bin/sh -c #(nop) ADD file:0a1b in / ", "ADD file:0a1b in /"),
        ("COPY . . # buildkit", "COPY . ."),
        ("RUN /bin/bash -euxo pipefail -c true # buildkit", "RUN /bin/bash -euxo pipefail -c true"),
        ("", ""),
    ],
)
def test_histories_read_as_dockerfiles(written: str, read: str) -> None:
    """What docker's and BuildKit's builders write."""
    assert readable(written) == read


def history(*texts: str) -> ImageConfig:
    """A config whose history has these entries; those in lower case made a layer."""
    entries = tuple(HistoryEntry(created_by=text, empty_layer=text.split()[0].isupper()) for text in texts)
    return ImageConfig(platform=Platform.parse("linux/amd64"), history=entries)


FOREIGN = history("rootfs", "CMD bash", "ENV A=1", "python", "CMD python3", "WORKDIR /app", "own", "copy", "CMD own")


def test_entries_without_a_layer_belong_to_the_base_up_to_its_end() -> None:
    """A base's history has entries that made no layer, also behind its last one."""
    found = read_instructions(FOREIGN, 4, Base(layers=2, history=5))
    assert [each.text for each in found if each.in_base] == ["rootfs", "CMD bash", "ENV A=1", "python", "CMD python3"]


LINES = (
    WrittenLine(place="Dockerfile:3:1"),
    WrittenLine(place="Dockerfile:7:1", text="COPY --from=build\n  /a /b"),
)


def test_lines_are_those_of_the_last_build() -> None:
    """The layers above the base have the places that the build told, the others none; so it is with their texts."""
    base = Base(layers=2, history=5, name="python:3")
    found = read_instructions(FOREIGN, 4, base, LINES)
    assert [(each.text, each.place, each.line) for each in found if each.line] == [
        ("own", "Dockerfile:3", 3),
        ("COPY --from=build /a /b", "Dockerfile:7", 7),
    ]
    assert [each.history for each in found if each.line] == ["own", "copy"]
    assert [each.layer for each in found if each.layer is not None] == [0, 1, 2, 3]


def test_layers_of_the_base_have_the_lines_of_its_own_dockerfile() -> None:
    """With the image that it made; what nobody tells has the words of the history."""
    lines = (
        WrittenLine(place="", image="debian:12"),
        WrittenLine(place="base/Dockerfile:9:1", text="RUN  make", image="python:3"),
    )
    found = read_instructions(FOREIGN, 4, Base(layers=2, history=5, name="python:3"), LINES, lines)
    assert [(each.text, each.place, each.image, each.name) for each in found if each.layer is not None][:3] == [
        ("rootfs", "", "debian:12", "rootfs"),
        ("RUN make", "base/Dockerfile:9", "python:3", "line 9 of python:3"),
        ("own", "Dockerfile:3", "", "line 3"),
    ]


def test_layers_without_a_history_are_there_all_the_same() -> None:
    """Some builders keep no history: each layer is an instruction without a text."""
    found = read_instructions(history(), 2, Base())
    assert [(each.text, each.layer) for each in found] == [("", 0), ("", 1)]
