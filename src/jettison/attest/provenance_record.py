"""A build as the provenance of its image tells it: its steps, read from an attestation (``mode=max``).

The opposite of :mod:`jettison.attest.steps`; what BuildKit wrote is read too (solver/pb/ops.proto as JSON). Of layers
an attestation knows those of the image: what the stages were made of nobody can tell from it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from jettison.attest.options import SlsaVersion
from jettison.dockerfile.instructions import From, Instruction
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions
from jettison.errors import IntegrityError, JettisonError
from jettison.frozen import dataclass, replace
from jettison.model.build_record import BuildRecord, RecordedMount, RecordedStep, RecordedText
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.entry import parse_image_path
from jettison.model.op import CopyAction, MakeDirectory
from jettison.model.reference import Reference

PREDICATE_TYPES = tuple(version.predicate_type for version in SlsaVersion)

_METADATA_0_2 = "https://mobyproject.org/buildkit@v1#metadata"
_MAX_TEXT = 1 << 18
_MAX_FILES = 10
"""More Dockerfiles of one build, or longer ones, are not looked into."""
_MAX_STACK = 10_000
"""More steps on top of each other are no build but an attempt to keep the reader busy."""
_SHELL = ("/bin/sh", "-c")
_WITHOUT_LAYERS = ("context", "url", "heredoc", "merge")
_FETCHED_PREFIXES = ("http://", "https://")


def read_provenance(statement: bytes, diff_ids: Sequence[Digest]) -> BuildRecord | None:
    """The steps that an in-toto statement tells of the image with these layers; None where it tells of none.

    Raises :class:`IntegrityError` for what is no such statement, or contradicts itself or the image.
    """
    node = Node.parse(statement, "provenance").require("predicate")
    if node.get("buildDefinition") is not None:
        parameters = node.require("buildDefinition").get("internalParameters")
        config = None if parameters is None else parameters.get("buildConfig")
        details = node.get("runDetails")
        metadata = _inside(details, "metadata", "buildkit_metadata")
    else:
        config = node.get("buildConfig")
        metadata = _inside(node, "metadata", _METADATA_0_2)
    if config is None:
        return None
    told = {step.require("id").text(): step for step in config.require("llbDefinition").items()}
    numbers = {name: number for number, name in enumerate(told)}
    lines = _Lines(metadata)
    steps: dict[int, RecordedStep] = {}
    result: int | None = None
    for name, step in told.items():
        inputs = _inputs(step, numbers)
        if any(source not in steps for source in inputs):
            raise IntegrityError(f"{step.path}: it stands on a step that does nothing")
        if not _operation(step):  # the last one only names the result
            result = inputs[0] if inputs else None
            continue
        steps[numbers[name]] = lines.placed(_step(step, inputs), name)
        result = numbers[name]
    _check_size(steps)
    record = _with_layers(steps, result, diff_ids, _layer_counts(metadata, numbers))
    return replace(record, dockerfile=lines.text)


def _inside(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        node = None if node is None else node.get(key)
    return node


def _inputs(step: Node, numbers: Mapping[str, int]) -> tuple[int, ...]:
    own = numbers[step.require("id").text()]
    inputs = step.get("inputs")
    found = tuple(numbers.get(text.partition(":")[0], own) for text in inputs.texts()) if inputs else ()
    if any(number >= own for number in found):
        raise IntegrityError(f"{step.path}: it stands on what does not come before it")
    return found


def _operation(step: Node) -> dict[str, object]:
    """``{"exec": …}``; empty for the step that only names the result."""
    operation = _inside(step, "op", "Op")
    return {} if operation is None else operation.object()


def _step(step: Node, inputs: tuple[int, ...]) -> RecordedStep:
    operation = step.require("op").require("Op")
    if (source := operation.get("source")) is not None:
        return _source(source)
    if (command := operation.get("exec")) is not None:
        return _command(command, inputs)
    if (files := operation.get("file")) is not None:
        return _files(files, inputs)
    if operation.get("merge") is not None:
        return _recorded("merge", inputs=inputs, layers=())
    raise IntegrityError(f"{operation.path}: a step of a kind that is not known: {', '.join(operation.object())}")


def _recorded(
    kind: str,
    *,
    name: str = "",
    source: str = "",
    inputs: tuple[int | None, ...] = (),
    layers: tuple[None, ...] = (None,),
    actions: tuple[CopyAction | MakeDirectory, ...] = (),
    mounts: tuple[RecordedMount, ...] = (),
) -> RecordedStep:
    return RecordedStep(
        kind=kind,
        name=name,
        stage="",
        location="",
        source=source,
        inputs=inputs,
        layers=layers,
        actions=actions,
        mounts=mounts,
    )


def _source(source: Node) -> RecordedStep:
    identifier = source.require("identifier").text()
    scheme, _, rest = identifier.partition("://")
    if scheme in ("docker-image", "oci-layout"):
        name, _, digest = rest.partition("@")
        return replace(_recorded("image", name=f"FROM {name}", source=_familiar(name)), digest=_digest(digest))
    if scheme == "local":
        return _recorded("context", source=rest, layers=())
    if identifier.startswith(_FETCHED_PREFIXES):
        return _recorded("url", source=identifier, layers=())
    if scheme == "git":
        return _recorded("git", source=rest)
    return _recorded("context", source=identifier, layers=())


def _familiar(text: str) -> str:
    try:
        return Reference.parse(text).familiar()
    except JettisonError:
        return text


def _digest(text: str) -> Digest | None:
    try:
        return Digest.parse(text) if text else None
    except JettisonError:
        return None


def _command(command: Node, inputs: tuple[int, ...]) -> RecordedStep:
    arguments = _inside(command, "meta", "args")
    words = arguments.texts() if arguments else ()
    base: int | None = None
    mounts = []
    listed = command.get("mounts")
    for mount in listed.items() if listed else ():
        place = _index(mount, "input")
        kind = mount.get("mountType")
        if place is None or place >= len(inputs) or (kind is not None and kind.integer() != 0):
            continue
        target = mount.require("dest").text()
        if target == "/":
            base = inputs[place]
            continue
        selector = mount.get("selector")
        source = "" if selector is None else selector.convert(parse_image_path)
        mounts.append(RecordedMount(input=place + 1, source=source, target=target))
    text = words[-1] if words[:-1] == _SHELL else " ".join(words)
    return _recorded("run", name=f"RUN {text}", inputs=(base, *inputs), mounts=tuple(mounts))


def _files(files: Node, inputs: tuple[int, ...]) -> RecordedStep:
    actions: list[CopyAction | MakeDirectory] = []
    base: int | None = None
    texts = []
    for number, action in enumerate(files.require("actions").items()):
        place = _index(action, "input")
        if number == 0 and place is not None and place < len(inputs):
            base = inputs[place]
        operation = action.require("Action")
        if operation.get("mkfile") is not None and not inputs:
            return _recorded("heredoc", layers=())
        if (made := operation.get("mkdir")) is not None:
            actions.append(MakeDirectory(path=made.require("path").text()))
            texts.append(f"WORKDIR {made.require('path').text()}")
        copied, taken = operation.get("copy"), _index(action, "secondaryInput")
        if copied is not None and taken is not None and taken < len(inputs):
            actions.append(_copy(copied, taken + 1))
            texts.append(f"COPY {copied.require('src').text()} {copied.require('dest').text()}")
    return _recorded("files", name="; ".join(texts), inputs=(base, *inputs), actions=tuple(actions))


def _copy(copied: Node, taken: int) -> CopyAction:
    def patterns(key: str) -> tuple[str, ...]:
        found = copied.get(key)
        return () if found is None else found.texts()

    def flag(key: str) -> bool:
        found = copied.get(key)
        return found is not None and found.flag()

    return CopyAction(
        input=taken,
        sources=(copied.require("src").convert(parse_image_path),),
        destination=copied.require("dest").text(),
        wildcards=flag("allowWildcard"),
        includes=patterns("include_patterns"),
        excludes=patterns("exclude_patterns"),
        unpack=flag("attemptUnpackDockerCompatibility"),
    )


def _index(node: Node, key: str) -> int | None:
    """The position of an input: 0 where it is left out, None for -1, which is none."""
    found = node.get(key)
    if found is None:
        return 0
    return None if found.value == -1 else found.integer()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """An instruction of the Dockerfile: its text and where it stands."""

    text: str
    stage: str
    location: str
    is_from: bool


class _Lines:
    """What stands in the Dockerfile that the provenance holds, by the steps that were made of it."""

    def __init__(self, metadata: Node | None) -> None:
        source = _inside(metadata, "source")
        self._locations = _inside(source, "locations")
        infos = _inside(source, "infos")
        texts = [_text(info) for info in islice(infos.items(), _MAX_FILES)] if infos else []
        self._files = [_instructions(text) for text in texts]
        self.text = texts[0] if texts and len(texts[0].text) <= _MAX_TEXT else None

    def placed(self, step: RecordedStep, name: str) -> RecordedStep:
        """The step with the instruction that it was made of, where that is told."""
        found = self._find(name)
        if not found or (step.kind == "image" and len(found) > 1):  # one image that several stages stand on
            return step
        placed = found[0]
        known = replace(step, stage=placed.stage, location=placed.location)
        return known if placed.is_from or step.kind not in ("run", "files") else replace(known, name=placed.text)

    def _find(self, name: str) -> list[_Placed]:
        """The instructions that a step was made of, each once."""
        known: dict[str, _Placed] = {}
        locations = _inside(self._locations, name, "locations")
        for location in locations.items() if locations else ():
            number, ranges = location.get("sourceIndex"), location.get("ranges")
            place = 0 if number is None else number.integer()
            first = next(ranges.items(), None) if ranges else None
            line = _inside(first, "start", "line")
            placed = self._files[place].get(line.integer()) if line is not None and place < len(self._files) else None
            if placed is not None:
                known.setdefault(placed.location, placed)
        return list(known.values())


def _text(info: Node) -> RecordedText:
    name, data = info.get("filename"), info.get("data")
    path = name.text() if name else "Dockerfile"
    try:
        text = base64.b64decode(data.text() if data else "").decode("utf-8", "surrogateescape")
    except ValueError as error:
        raise IntegrityError(f"{info.path}: the Dockerfile is not in base64") from error
    return RecordedText(path=path, text=text)


def _instructions(written: RecordedText) -> dict[int, _Placed]:
    """Line -> the instruction that begins there."""
    found: dict[int, _Placed] = {}
    path = written.path
    if len(written.text) > _MAX_TEXT:
        return found
    program, _ = check_instructions(parse_dockerfile(written.text, path))
    for stage in program.stages:
        for instruction in (stage.from_, *stage.instructions):
            place = _place(instruction, path)
            found[place[0]] = _Placed(
                text=instruction.code,
                stage=stage.name or "",
                location=place[1],
                is_from=isinstance(instruction, From),
            )
    return found


def _place(instruction: Instruction, path: str) -> tuple[int, str]:
    source, first, _ = instruction.span
    position = source.position(first)
    return position.line, f"{path}:{position.line}:{position.column}"


def _layer_counts(metadata: Node | None, numbers: Mapping[str, int]) -> dict[int, int]:
    """Step -> how many layers its result has in the image."""
    layers = _inside(metadata, "layers")
    found = {}
    for name in layers.object() if layers else ():
        number = numbers.get(name.partition(":")[0])
        lists = _inside(layers, name)
        chain = next(lists.items(), None) if lists else None
        if number is not None and chain is not None:
            found[number] = sum(1 for _ in chain.items())
    return found


def _check_size(steps: Mapping[int, RecordedStep]) -> None:
    sizes: dict[int | None, int] = {}
    for number, step in steps.items():
        below = step.inputs if step.kind == "merge" else step.inputs[:1]
        sizes[number] = 1 + sum(sizes.get(source, 0) for source in below)
        if sizes[number] > _MAX_STACK:
            raise IntegrityError(f"provenance: more than {_MAX_STACK} steps on top of each other")


def _with_layers(
    steps: dict[int, RecordedStep], result: int | None, diff_ids: Sequence[Digest], counts: Mapping[int, int]
) -> BuildRecord:
    """The record, with the layers of the image put to the steps that made them, where it is sure which ones."""
    record = BuildRecord(steps=steps, result=result, base_name="", base_layers=0, base_history=0)
    makers = list(_makers(steps, result))
    base = makers[0] if makers and steps[makers[0]].kind == "image" else None
    own = makers if base is None else makers[1:]
    below = len(diff_ids) - len(own)
    if below < 0 or (below > 0 and base is None):
        return record
    linked = {number for step in steps.values() if step.kind == "merge" for number in step.inputs[1:]}
    expected = {number: below + place for place, number in enumerate(own, 1)} | ({} if base is None else {base: below})
    for number, count in counts.items():
        is_own = number in linked and count == 1  # BuildKit counts what is below with the merge alone
        if number in expected and count != expected[number] and not is_own:
            return record
    known = dict(steps)
    if base is not None:
        known[base] = replace(steps[base], layers=tuple(diff_ids[:below]))
    for number, layer in zip(own, diff_ids[below:], strict=True):
        known[number] = replace(steps[number], layers=(layer,))
    name = steps[base].source if base is not None else ""
    return replace(record, steps=known, base_name=name, base_layers=below)


def _makers(steps: Mapping[int, RecordedStep], result: int | None) -> Iterator[int]:
    """The steps whose layers the result has, lowest first."""
    found: list[int] = []
    pending = [result]
    while pending:
        current = pending.pop()
        step = None if current is None else steps.get(current)
        if step is None or current is None:
            continue
        if step.kind not in _WITHOUT_LAYERS:
            found.append(current)
        if step.kind == "merge":
            pending += step.inputs
        elif step.inputs:
            pending.append(step.inputs[0])
    return reversed(found)
