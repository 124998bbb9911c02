"""`python -m tests.language.accept NAME…`: write down what cases give today, for their author to read and correct.

A new case gets `expected.error` where it fails, else `expected.tree` and `expected.json` with what its own layers and
instructions add. Files that are there already are written anew.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.language.case import CASES, Case, load_case
from tests.language.expectation import config_document, tree_lines
from tests.language.outcome import Base, Bench, open_bench, read_config
from tests.support.base_image import find_busybox, write_bases
from tests.support.flatten import read_picture

_USUAL = {"os": "linux", "architecture": "amd64"}


def accept(case: Case, bench: Bench, base: Base, folder: Path) -> None:
    """Write the expectations of one case."""
    os.chdir(case.copy(folder / "case"))
    outcome = bench.build(case, folder / "image.tar")
    if outcome.error:
        case.expected_error.write_text(f"{outcome.error}\n", encoding="utf-8")
        return
    config = read_config(outcome.archive)
    below = base if base.is_below(config) else None
    lines = tree_lines(read_picture(outcome.archive), below.picture if below and not case.whole else None)
    if lines:
        case.expected_tree.write_text("\n".join([*lines, ""]), encoding="utf-8")
    text = json.dumps(_own(config, below), indent=2, ensure_ascii=False)
    case.expected_config.write_text(f"{text}\n", encoding="utf-8")


def _own(config: dict[str, Any], below: Base | None) -> dict[str, Any]:
    """The config without what the base or every build brings."""
    document = config_document(config, below.config if below else None)
    ours, theirs = document.pop("config"), dict(below.config["config"]) if below else {}
    own = {key: ours.get(key) for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)}
    rest = {key: value for key, value in document.items() if key != "created" and _USUAL.get(key) != value}
    return ({"config": own} if own else {}) | rest


def main(names: list[str]) -> None:
    busybox = find_busybox()
    assert busybox is not None
    with tempfile.TemporaryDirectory(prefix="accept-") as name:
        folder = Path(name)
        archives = write_bases(folder, busybox)
        bench, base = open_bench(folder / "home", archives), Base.read(archives[0])
        for number, case in enumerate(names):
            place = folder / str(number)
            place.mkdir()
            accept(load_case(CASES / case), bench, base, place)


if __name__ == "__main__":
    main(sys.argv[1:])
