"""Weighing an image: from the indexes of its layers and what is known beside them to one value."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from jettison.analyze.attribution import Attribution, stack_layers
from jettison.analyze.base import Base
from jettison.analyze.categories import weigh_categories
from jettison.analyze.classify import Classifier, Run, SeenFiles
from jettison.analyze.destination import OpenBases, find_destination
from jettison.analyze.findings import group_bytes, is_saved, make_findings
from jettison.analyze.instructions import Instruction, read_instructions
from jettison.analyze.largest import largest
from jettison.analyze.need import find_needs
from jettison.analyze.ownership import find_ownership
from jettison.analyze.prediction import predict
from jettison.analyze.secrets import LAST_LETTERS, secret_kind
from jettison.analyze.static_site import find_static_site
from jettison.analyze.weight import (
    Finding,
    InstructionWeight,
    PackageWeight,
    PathWeight,
    SecretFile,
    Weight,
)
from jettison.analyze.written import Written, WrittenBase, WrittenLine
from jettison.frozen import dataclass, field
from jettison.hints import Protocol, TypeVar
from jettison.layer.index import LayerIndex
from jettison.model.config import ImageConfig
from jettison.model.digest import Digest
from jettison.model.tree import Tree
from jettison.packages.image_files import ReadAt

_T = TypeVar("_T")
_TOP_PATHS = 200
_FOLDER_DEPTH = 4

OpenReader = Callable[[Tree], ReadAt]
"""Makes what reads the files of a tree of the image."""


class Beside(Protocol):
    """Carries out a piece of work beside what follows, where that pays for so many files."""

    def __call__(self, files: int, work: Callable[[], _T], /) -> Callable[[], _T]:
        """What gives the result, when it is asked for."""
        ...


def afterwards(_files: int, work: Callable[[], _T]) -> Callable[[], _T]:
    """Carries it out when the result is asked for."""
    return work


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What is known of an image."""

    name: str
    image_id: Digest
    config: ImageConfig
    indexes: Sequence[LayerIndex]
    base: Base
    lines: tuple[WrittenLine, ...] = ()
    """The instructions of the layers above the base, where they are known."""
    base_lines: tuple[WrittenLine, ...] = ()
    """Those of the layers of the base, in the Dockerfiles of base images."""
    remarks: tuple[str, ...] = ()
    """On what is known beside the layers."""
    incomplete: tuple[str, ...] = ()
    dockerfile: Written | None = None
    base_dockerfiles: tuple[WrittenBase, ...] = ()
    open_reader: OpenReader = field(repr=False, compare=False)
    beside: Beside = field(default=afterwards, repr=False, compare=False)
    open_bases: OpenBases = field(default=tuple, repr=False, compare=False)
    """The images that the advice may name."""


def weigh(facts: ImageFacts) -> Weight:
    """Weigh an image."""
    stacked = stack_layers(facts.indexes)
    tree = stacked.tree
    read_at = facts.open_reader(tree)
    needs = find_needs(tree, facts.config.run, read_at)
    base = facts.base
    site = find_static_site(tree, needs, read_at, facts.config.run.working_dir, base_layers=base.layers)
    is_alone, projects = (False, ()) if site is None else (site.is_alone, site.projects)
    needs = needs if site is None else site.needs(needs)
    found = facts.beside(
        len(tree.shown.rows),
        lambda: find_ownership(tree, needs, read_at, base_layers=base.layers, runs_nothing=is_alone),
    )
    attribution = stacked.attribute()
    del stacked  # half of the memory
    classifier = Classifier(tree, needs, facts.config.run, base_layers=base.layers, projects=projects)
    paths = _largest(classifier)
    secrets = _Secrets(classifier.files, attribution)
    instructions = read_instructions(facts.config, len(facts.indexes), base, facts.lines, facts.base_lines)
    ownership = found()
    files = classifier.all(ownership)
    base_bytes = sum(layer.added_bytes for layer in attribution.layers[: base.layers])
    destination = find_destination(
        base,
        files,
        tree,
        needs,
        partial(ownership.owner_of, tree),
        read_at=read_at,
        base_bytes=base_bytes,
        site=site,
        open_bases=facts.open_bases,
    )
    groups = group_bytes(files, attribution.wasted, tree, needs, base, destination)
    findings = make_findings(files, groups, instructions, base, needs, destination)
    stays = destination is None
    return Weight(
        name=facts.name,
        image_id=facts.image_id,
        platform=str(facts.config.platform),
        program=needs.program,
        total_bytes=attribution.total_bytes,
        visible_bytes=attribution.total_bytes - attribution.wasted_bytes,
        efficiency=attribution.efficiency,
        repeated_bytes=attribution.repeated_bytes,
        base=base,
        instructions=_weigh_instructions(instructions, attribution, findings),
        findings=findings,
        categories=weigh_categories(files, attribution.wasted_bytes, needs, destination),
        packages=_weigh_packages(files.runs),
        paths=paths,
        secrets=secrets.without_owner(files, base),
        remarks=facts.remarks,
        incomplete=(*facts.incomplete, *ownership.unread),
        dockerfile=facts.dockerfile,
        base_dockerfiles=facts.base_dockerfiles,
        files=files,
        prediction=predict(
            files,
            groups,
            needs,
            base,
            destination,
            base_bytes=base_bytes,
            saves=lambda group: is_saved(group, base, stays=stays),
        ),
        ballast=groups,
        destination=destination,
    )


def _weigh_instructions(
    instructions: Iterable[Instruction], attribution: Attribution, findings: Iterable[Finding]
) -> tuple[InstructionWeight, ...]:
    ballast: Counter[int] = Counter()
    for finding in findings:
        ballast[finding.layer] += finding.saves_bytes
    return tuple(
        InstructionWeight(
            instruction=each,
            layer=None if each.layer is None else attribution.layers[each.layer],
            ballast_bytes=0 if each.layer is None else ballast[each.layer],
        )
        for each in instructions
    )


def _weigh_packages(runs: Iterable[Run]) -> tuple[PackageWeight, ...]:
    owned: dict[int, list[Run]] = {}
    for run in runs:
        if run.owner is not None:  # by identity: there is one value of each
            owned.setdefault(id(run.owner), []).append(run)
    found = [
        PackageWeight(
            ecosystem=str(owner.ecosystem),
            name=owner.name,
            version=owner.version,
            size_bytes=sum(run.size_bytes for run in group),
            files=sum(run.end - run.start for run in group),
            layer=_main_layer(group),
        )
        for group in owned.values()
        if (owner := group[0].owner) is not None
    ]
    return tuple(sorted(found, key=lambda weight: (-weight.size_bytes, weight.name, weight.version)))


def _main_layer(runs: Sequence[Run]) -> int:
    if len(runs) == 1:
        return runs[0].layer
    sizes: Counter[int] = Counter()
    for run in runs:
        sizes[run.layer] += run.size_bytes
    return sizes.most_common(1)[0][0]


def _largest(classifier: Classifier) -> tuple[PathWeight, ...]:
    files, groups = classifier.files, [*classifier.layer_groups()]
    starts = [start for _, _, start, _ in groups]
    found = [
        PathWeight(
            path=files.paths[place], size_bytes=files.sizes[place], layer=groups[bisect_right(starts, place) - 1][1]
        )
        for place in largest(range(len(files.paths)), files.sizes, _TOP_PATHS)
    ]
    tops: dict[tuple[str, int], int] = {}
    for path, layer, _, size_bytes in groups:
        top = "/".join(path.split("/", _FOLDER_DEPTH)[:_FOLDER_DEPTH]), layer
        tops[top] = tops.get(top, 0) + size_bytes
    folders: dict[str, Counter[int]] = defaultdict(Counter)
    for (folder, layer), size_bytes in tops.items():
        while folder:
            folders[folder][layer] += size_bytes
            folder = folder.rpartition("/")[0]
    found += [
        PathWeight(path=folder, size_bytes=counts.total(), layer=counts.most_common(1)[0][0], is_folder=True)
        for folder, counts in folders.items()
    ]
    found.sort(key=lambda weight: (-weight.size_bytes, weight.path))
    return tuple(found[: 2 * _TOP_PATHS])


class _Secrets:
    """Finds files that look like secrets, and are not seen any more or belong to no package."""

    def __init__(self, files: SeenFiles, attribution: Attribution) -> None:
        self._seen = [place for place, path in enumerate(files.paths) if path[-3:] in LAST_LETTERS]
        self._hidden = [
            (path, layer)
            for path, _, layer, _, _ in attribution.wasted
            if path[-3:] in LAST_LETTERS or path[-3:].lower() in LAST_LETTERS
        ]

    def without_owner(self, files: SeenFiles, base: Base) -> tuple[SecretFile, ...]:
        """Those above the base image."""
        places: list[tuple[str, int, bool]] = []
        for place in self._seen:
            run = files.run_at(place)
            if run.owner is None and run.layer >= base.layers:
                places.append((files.paths[place], run.layer, False))
        places += [(path, layer, True) for path, layer in self._hidden if layer >= base.layers]
        found = [
            SecretFile(path=path, kind=kind, layer=layer, is_hidden=is_hidden)
            for path, layer, is_hidden in places
            if (kind := secret_kind(path))
        ]
        return tuple(sorted(found, key=lambda secret: (secret.path, secret.layer)))
