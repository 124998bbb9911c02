"""Weighing an image, wherever it lies: what the store knows of it beside its layers is put to the analysis."""

from __future__ import annotations

from jettison.analyze.base import Base
from jettison.analyze.requirements import EXTENDED_STATES
from jettison.analyze.static_site import is_script
from jettison.analyze.web_servers import is_settings
from jettison.analyze.weigh import ImageFacts, weigh
from jettison.analyze.weight import Weight
from jettison.engine.base_of import Base as FoundBase
from jettison.engine.base_of import Knowledge, find_base
from jettison.engine.beside import Helpers
from jettison.engine.image_layers import open_image
from jettison.engine.known_bases import known_bases
from jettison.engine.layers import Progress
from jettison.engine.request import Machine
from jettison.engine.tree_files import TreeFiles
from jettison.engine.written_in import find_written
from jettison.hints import BinaryIO
from jettison.model.entry import Entry
from jettison.model.platform import Platform
from jettison.packages.node import MANIFEST
from jettison.packages.scan import is_read


def weigh_image(
    name: str,
    machine: Machine,
    *,
    progress: Progress,
    platform: Platform | None = None,
    stdin: BinaryIO | None = None,
) -> Weight:
    """The weight of the image that ``name`` means: see :func:`~jettison.engine.image_layers.open_image`."""
    with (
        Helpers() as helpers,
        open_image(
            name,
            machine,
            progress=progress,
            platform=platform,
            stdin=stdin,
            keep=is_read_again,
            reads_only_kept=True,
            compares_digests_only=True,
        ) as image,
    ):
        found = find_base(image, machine.store)
        written = find_written(image, found, machine.store)
        return weigh(
            ImageFacts(
                name=image.name,
                image_id=image.image_id,
                config=image.config,
                indexes=image.indexes,
                base=Base() if found is None else _base_facts(found),
                lines=written.lines,
                base_lines=written.base_lines,
                remarks=written.remarks,
                dockerfile=written.dockerfile,
                base_dockerfiles=written.base_dockerfiles,
                open_reader=lambda tree: TreeFiles(tree, image.open_in_layer).read_at,
                beside=helpers.beside,
                open_bases=lambda: known_bases(image, machine.store),
            )
        )


def is_read_again(entry: Entry) -> bool:
    """Whether the analysis may look into a file: databases of packages, programs, libraries."""
    return (
        bool(entry.mode & 0o111)
        or ".so" in entry.path
        or entry.path.endswith(".node")
        or entry.path == EXTENDED_STATES
        or entry.path.endswith(MANIFEST)
        or is_script(entry)
        or is_settings(entry)
        or is_read(entry)
    )


def _base_facts(found: FoundBase) -> Base:
    return Base(
        layers=found.cut.layers,
        history=found.cut.history,
        name=found.name,
        known=str(found.knowledge),
        is_guess=found.knowledge is Knowledge.HISTORY,
    )
