"""Our efficiency, and the bytes of what is said more than once, are what dive says of the same archive.

The program is the one that DIVE names. Where it slips (:mod:`jettison.analyze.efficiency`), that is told here as well.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from demo.cases import MULTI, SINGLE, Case, load_cases
from demo.command import Jettison
from demo.course import build, image_name
from tests.analyze import test_attribution, test_efficiency
from tests.analyze.support import file, folder, gone, link, opaque, stack_of
from tests.compat.test_weigh import Weighed, weighed
from tests.layer import archives
from tests.layout.support import make_image

from jettison.analyze.attribution import Attribution, attribute
from jettison.layer.merge import merge_layers
from jettison.layout.write import write_docker_archive
from jettison.model.entry import Entry, EntryType
from jettison.model.image_source import NamedImage

DIVE = os.environ.get("DIVE", "")
pytestmark = pytest.mark.skipif(not DIVE, reason="DIVE does not name the program dive")
__all__ = ["weighed"]  # a fixture

Layers = Sequence[list[Entry]]
BY_HAND: dict[str, Layers] = {
    **{name: case[0] for name, case in test_attribution.CASES.items()},
    **{name: case[0] for name, case in test_efficiency.CASES.items()},
}
del BY_HAND["what is deleted was never there"]  # the first of the SLIPS
STACKS = 300


def ask_dive(archive: Path) -> tuple[float, int]:
    """The efficiency and the wasted bytes."""
    report = archive.with_suffix(".json")
    command = [DIVE, "--source", "docker-archive", str(archive), "--json", str(report)]
    home = {"HOME": str(archive.parent), "PATH": os.environ["PATH"]}
    subprocess.run(command, check=True, capture_output=True, env=home, stdin=subprocess.DEVNULL)
    told: Any = json.loads(report.read_text())["image"]
    report.unlink()
    return told["efficiencyScore"], told["inefficientBytes"]


def of(found: Attribution) -> tuple[Any, int]:
    """The same of ours."""
    return pytest.approx(found.efficiency, rel=1e-12), found.repeated_bytes


def write_archive(path: Path, layers: Layers) -> Path:
    """The layers as `docker save` gives them, each file with as many bytes as it claims."""
    real = [
        [archives.file(entry.path, bytes(entry.size)) if entry.type is EntryType.FILE else entry for entry in layer]
        for layer in layers
    ]
    image = make_image(*(archives.write_layer(*items)[0] for items in real))
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image)])
    return path


def with_parents(layers: Layers) -> list[list[Entry]]:
    """Every folder named by each layer that has something in it, as builders do."""
    return [[*map(folder, sorted(_unnamed(layer), key=len)), *layer] for layer in layers]


def _unnamed(layer: Iterable[Entry]) -> set[str]:
    needed: set[str] = set()
    for entry in layer:
        inside = entry.path if entry.type is EntryType.OPAQUE else entry.path.rpartition("/")[0]
        while inside:
            needed.add(inside)
            inside = inside.rpartition("/")[0]
    return needed - {entry.path for entry in layer if entry.type is EntryType.DIRECTORY}


def random_stack(chance: random.Random) -> list[list[Entry]]:
    """Files written, linked and deleted; folders made, deleted, or hidden: not both, since dive slips there."""
    hides = chance.random() < 0.3
    layers: list[list[Entry]] = []
    for _ in range(chance.randrange(1, 6)):
        below = merge_layers(stack_of(*layers)).entries
        layers.append(list(_random_layer(chance, below, hides=hides)))
    return layers


def _random_layer(chance: random.Random, below: Mapping[str, Entry], *, hides: bool) -> list[Entry]:
    said: dict[str, Entry] = {}
    for _ in range(chance.randrange(1, 9)):
        above = "/".join(chance.choices("abc", k=chance.randrange(1, 3)))
        path = chance.choice(["x", f"{above}/y", f"{above}/z"])
        files = [entry.path for entry in said.values() if entry.type is EntryType.FILE]
        choices = [file(path, chance.randrange(60), str(chance.random())), folder(above)]
        choices += [link(path, chance.choice(files))] if files else []
        choices += [gone(path)] * 2 if path in below else []
        choices += [opaque(above) if hides else gone(above)] if above in below else []
        entry = chance.choice(choices)
        said.setdefault(entry.path, entry)
    deleted = [f"{path}/" for path, entry in said.items() if entry.type is EntryType.WHITEOUT]
    return [entry for path, entry in said.items() if not path.startswith(tuple(deleted))]


@pytest.mark.parametrize("case", BY_HAND)
def test_stacks_computed_by_hand(case: str, tmp_path: Path) -> None:
    """Links, deletions, opaque markers, files in the place of folders and the other way round."""
    layers = with_parents(BY_HAND[case])
    assert ask_dive(write_archive(tmp_path / "image.tar", layers)) == of(attribute(stack_of(*layers)))


def test_random_stacks(tmp_path: Path) -> None:
    """Hundreds of them, up to five layers high."""
    for seed in range(STACKS):
        layers = with_parents(random_stack(random.Random(seed)))
        found = of(attribute(stack_of(*layers)))
        assert ask_dive(write_archive(tmp_path / "image.tar", layers)) == found, (seed, layers)


SLIPS: dict[str, tuple[Layers, tuple[float, int], tuple[float, int]]] = {
    "the rest of a layer is passed over": (
        ([file("a", 6)], [gone("b"), file("c", 4), file("a", 6)]),
        ((6 - 1) / 6, 0),
        (10 / 16, 12),
    ),
    "a folder that is not named is no folder": (
        ([file("d/a", 6), file("b", 4)], [gone("d"), file("b", 4)]),
        (10 / 14, 8),
        (16 / 20, 8),
    ),
    "what is hidden is deleted once more": (
        ([folder("d"), file("d/a", 6), file("b", 4)], [folder("d"), opaque("d")], [gone("d"), file("b", 4)]),
        (10 / 20, 14),
        (10 / 14, 8),
    ),
}
"""Layers, what dive says of them, and what its own definition says."""


@pytest.mark.parametrize("slip", SLIPS)
def test_where_dive_slips(slip: str, tmp_path: Path) -> None:
    """Ours is the definition; a dive that does not slip any more fails here, and the documentation is to be changed."""
    layers, theirs, defined = SLIPS[slip]
    assert of(attribute(stack_of(*layers))) == defined
    assert ask_dive(write_archive(tmp_path / "image.tar", layers)) == pytest.approx(theirs)


def of_program(weight: Any) -> tuple[Any, int]:
    """What `weigh` told."""
    return pytest.approx(weight["efficiency"], rel=1e-12), weight["repeated_bytes"]


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", [SINGLE, MULTI])
@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_examples(case: Case, version: str, base_store: Jettison, tmp_path: Path) -> None:
    """Images of distributions, compilers and programs, deletions and copies among them."""
    name = image_name(case, version)
    build(base_store, case, version)
    archive = tmp_path / "image.tar"
    base_store.call(f"dive-{case.name}-{version}", "save", "-o", str(archive), name)
    answer = base_store.answer("weigh", "--format", "json", name)
    assert answer is not None
    assert ask_dive(archive) == of_program(json.loads(answer))
    archive.unlink()


@pytest.mark.root
@pytest.mark.parametrize("weighed", [pytest.param("debian", marks=pytest.mark.slow)], indirect=True)
def test_layers_of_commands(weighed: Weighed) -> None:
    """A command's copies, links, deletions and folders made anew."""
    assert ask_dive(weighed.archive) == of_program(weighed.weight)
