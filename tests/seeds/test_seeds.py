"""Every Dockerfile in the texts is parsed, planned, and built and run where that needs nothing that is out of reach.

The texts lie beside the repository (`../shared/seeds`). Where they are absent, all of this is skipped by name.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from demo.command import DemoError, Jettison
from tests.seeds.blocks import SEEDS, Block, find_blocks, seed_blocks
from tests.seeds.plans import BUILT, NOT_BUILT, REFUSED, STAND_INS

from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions
from jettison.dockerfile.stage_graph import source_names

BLOCKS = {block.name: block for block in seed_blocks()}
NAMES = sorted(BUILT.keys() | NOT_BUILT.keys() | REFUSED.keys())
PIECES = dict.fromkeys(("requirements.txt", "go.mod", "go.sum"), "")
"""What the pieces without FROM copy."""
COMPLETION = "FROM scratch\n"
"""What a piece without FROM is completed with to be planned."""


@pytest.fixture
def block(request: pytest.FixtureRequest) -> Block:
    """The Dockerfile of a number."""
    if not SEEDS.is_dir():
        pytest.skip(f"{SEEDS.parent.name}/{SEEDS.name} is not beside the repository")
    return BLOCKS[str(request.param)]


every_block = pytest.mark.parametrize("block", NAMES, indirect=True)


def test_every_dockerfile_has_a_plan() -> None:
    """None of the texts' Dockerfiles is forgotten, and none has two fates."""
    if BLOCKS:
        assert sorted(BLOCKS) == NAMES
    assert len(NAMES) == len(BUILT) + len(NOT_BUILT) + len(REFUSED)


@pytest.fixture(scope="session")
def seed_store(base_store: Jettison, tmp_path_factory: pytest.TempPathFactory) -> Jettison:
    """The store of the base images, with those that the texts start from."""
    for name, dockerfile in STAND_INS.items():
        context = tmp_path_factory.mktemp("stand-in")
        (context / "Dockerfile").write_text(dockerfile + "\n")
        base_store.call(f"stand-in-{context.name}", "build", "-t", name, str(context))
    return base_store


def write_context(folder: Path, block: Block, files: Mapping[str, str]) -> None:
    """The build context of a Dockerfile of the texts."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "Dockerfile").write_text(block.text if block.is_whole else COMPLETION + block.text)


@every_block
def test_parsed(block: Block) -> None:
    """The text is a Dockerfile, whole or in part, and the tree holds every byte of it."""
    dockerfile = parse_dockerfile(block.text)
    assert dockerfile.problems == ()
    assert dockerfile.render() == block.text


@pytest.fixture(scope="session")
def plan_store(tmp_path_factory: pytest.TempPathFactory) -> Jettison:
    """A store with an empty image under every name that the texts start from: a plan asks for no more."""
    folder = tmp_path_factory.mktemp("plans")
    (folder / "logs").mkdir()
    jettison = Jettison(home=folder / "store", logs=folder / "logs")
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /usr/local/bin/etcd\n")
    names = {word for block in BLOCKS.values() for word in images_named(block)}
    tags = [part for name in sorted(names) for part in ("-t", name)]
    if tags:
        jettison.call("stand-ins", "build", *tags, str(folder))
    return jettison


def images_named(block: Block) -> set[str]:
    """The images that a Dockerfile is built on or copies from, its own stages aside."""
    program, _ = check_instructions(parse_dockerfile(block.text))
    stages = {stage.name for stage in program.stages}
    names = {stage.from_.image.text for stage in program.stages}
    names |= {word.text for stage in program.stages for step in stage.instructions for word in source_names(step)}
    return {name for name in names - {str(stage) for stage in stages} - {"scratch"} if not name.isdecimal()}


@every_block
def test_planned(block: Block, plan_store: Jettison, tmp_path: Path) -> None:
    """The plan has every stage of the text and says of each whether the target needs it."""
    write_context(tmp_path, block, BUILT[block.name].context if block.name in BUILT else PIECES)
    done = subprocess.run(
        plan_store.arguments("plan", "--format", "json", str(tmp_path)), capture_output=True, text=True, check=False
    )
    if done.returncode and block.name in REFUSED:
        assert re.search(REFUSED[block.name], done.stderr)
        return
    assert done.returncode == 0, done.stderr
    stages = json.loads(done.stdout)["stages"]
    text = block.text if block.is_whole else COMPLETION + block.text
    assert len(stages) == len(check_instructions(parse_dockerfile(text))[0].stages)
    assert stages[-1]["skipped"] is None


def test_blocks_are_found() -> None:
    """Fences of both kinds, indented ones, and nothing that only looks like a Dockerfile."""
    text = "~~~dockerfile\n  FROM a\n~~~\n\n```\n# comment\nRUN b \\\n  c\n```\n\n```bash\n# docker images\nFROM\n```\n"
    found = list(find_blocks(text, "9"))
    assert [(block.name, block.is_whole) for block in found] == [("9-1", True), ("9-2", False)]
    assert found[0].text == "FROM a\n"


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", BUILT, indirect=True)
def test_built_and_run(block: Block, seed_store: Jettison, tmp_path: Path) -> None:
    """The Dockerfile builds as it stands, and a container of the image does what the text says."""
    plan = BUILT[block.name]
    write_context(tmp_path, block, plan.context)
    name = f"seed:{block.name}"
    seed_store.call(f"seed-{block.name}", "build", "--progress", "plain", "-t", name, str(tmp_path))
    done = subprocess.run(
        seed_store.arguments("run", "--rm", name, *plan.command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert plan.prints in done.stdout


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.parametrize("block", REFUSED, indirect=True)
def test_refused(block: Block, seed_store: Jettison, tmp_path: Path) -> None:
    """A Dockerfile that is wrong is refused with its place and the reason."""
    write_context(tmp_path, block, {})
    with pytest.raises(DemoError, match=REFUSED[block.name]):
        seed_store.call(f"refused-{block.name}", "build", "--progress", "plain", str(tmp_path))
