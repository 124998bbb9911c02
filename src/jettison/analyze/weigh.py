"""Weighing an image: from the indexes of its layers and what is known beside them to one value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from jettison.analyze.attribution import Attribution, attribute
from jettison.analyze.base import Base
from jettison.analyze.categories import weigh_categories
from jettison.analyze.classify import Classifier, Run, SeenFiles
from jettison.analyze.destination import OpenBases, find_destination
from jettison.analyze.findings import group_bytes, is_saved, make_findings
from jettison.analyze.instructions import Instruction, read_instructions
from jettison.analyze.largest import largest
from jettison.analyze.need import find_needs
from jettison.analyze.prediction import predict
from jettison.analyze.requirements import roles_of
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
from jettison.layer.index import LayerIndex
from jettison.model.config import ImageConfig
from jettison.model.digest import Digest
from jettison.model.tree import Tree
from jettison.packages.image_files import ReadAt
from jettison.packages.package import Package
from jettison.packages.scan import scan

_TOP_PATHS = 200
_FOLDER_DEPTH = 4

OpenReader = Callable[[Tree], ReadAt]
"""Makes what reads the files of a tree of the image."""


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
    open_bases: OpenBases = field(default=tuple, repr=False, compare=False)
    """The images that the advice may name."""


def weigh(facts: ImageFacts) -> Weight:
    """Weigh an image."""
    attribution = attribute(facts.indexes)
    tree = attribution.tree
    read_at = facts.open_reader(tree)
    catalog = scan(tree, read_at)
    owners = catalog.owners()
    needs = find_needs(tree, facts.config.run, read_at)
    base = facts.base
    instructions = read_instructions(facts.config, len(facts.indexes), base, facts.lines, facts.base_lines)
    roles = roles_of(catalog, tree, needs, read_at, base_layers=base.layers)
    classifier = Classifier(tree, needs, owners, roles, base_layers=base.layers)
    files = classifier.all()
    base_bytes = sum(layer.added_bytes for layer in attribution.layers[: base.layers])
    destination = find_destination(
        base,
        files,
        tree,
        needs,
        owners,
        base_bytes=base_bytes,
        site=find_static_site(tree, needs, read_at, facts.config.run.working_dir),
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
        paths=_largest(files),
        secrets=_secrets(files, attribution, base),
        remarks=facts.remarks,
        incomplete=(*facts.incomplete, *map(str, catalog.unread)),
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
    packages: dict[int, Package] = {}
    owned: dict[int, list[Run]] = {}
    for run in runs:
        if run.package is not None:  # by identity: a package is as large as the list of its files
            packages[id(run.package)] = run.package
            owned.setdefault(id(run.package), []).append(run)
    found = [
        PackageWeight(
            ecosystem=str(package.ecosystem),
            name=package.name,
            version=package.version,
            size_bytes=sum(run.size_bytes for run in group),
            files=sum(run.end - run.start for run in group),
            layer=_main_layer(group),
        )
        for package, group in ((packages[number], group) for number, group in owned.items())
    ]
    return tuple(sorted(found, key=lambda weight: (-weight.size_bytes, weight.name, weight.version)))


def _main_layer(runs: Sequence[Run]) -> int:
    if len(runs) == 1:
        return runs[0].layer
    sizes: Counter[int] = Counter()
    for run in runs:
        sizes[run.layer] += run.size_bytes
    return sizes.most_common(1)[0][0]


def _largest(files: SeenFiles) -> tuple[PathWeight, ...]:
    found = [
        PathWeight(path=files.paths[place], size_bytes=files.sizes[place], layer=files.run_at(place).layer)
        for place in largest(range(len(files.paths)), files.sizes, _TOP_PATHS)
    ]
    tops: dict[tuple[str, int], int] = {}
    for run in files.runs:
        top = "/".join(run.folder.split("/", _FOLDER_DEPTH)[:_FOLDER_DEPTH]), run.layer
        tops[top] = tops.get(top, 0) + run.size_bytes
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


def _secrets(files: SeenFiles, attribution: Attribution, base: Base) -> tuple[SecretFile, ...]:
    places: list[tuple[str, int, bool]] = []
    for place in [place for place, path in enumerate(files.paths) if path[-3:] in LAST_LETTERS]:
        run = files.run_at(place)
        if run.package is None and run.layer >= base.layers:
            places.append((files.paths[place], run.layer, False))
    places += [
        (path, layer, True)
        for path, _, layer, _, _ in attribution.wasted
        if layer >= base.layers and (path[-3:] in LAST_LETTERS or path[-3:].lower() in LAST_LETTERS)
    ]
    found = [
        SecretFile(path=path, kind=kind, layer=layer, is_hidden=is_hidden)
        for path, layer, is_hidden in places
        if (kind := secret_kind(path))
    ]
    return tuple(sorted(found, key=lambda secret: (secret.path, secret.layer)))
