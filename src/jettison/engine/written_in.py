"""The Dockerfile that an image was built from, and where in it each layer was made, as far as somebody tells.

For an image that was built here, the record of its last build; for any other, the provenance beside it.
"""

from __future__ import annotations

from jettison.analyze.written import Written, WrittenLine
from jettison.engine.attested import attested_record
from jettison.engine.base_of import Base, build_record, find_base, layer_texts
from jettison.engine.image_layers import LayeredImage
from jettison.frozen import dataclass
from jettison.model.build_record import RecordedStep
from jettison.store.store import Store

_OTHER_BASE = "the lines of the Dockerfile are not told: by its build the base image has {told}, by what it is {found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenIn:
    """What is told."""

    lines: tuple[WrittenLine, ...] = ()
    """The instructions of the layers above the base."""
    remarks: tuple[str, ...] = ()
    """Why nobody tells, where somebody could have."""
    dockerfile: Written | None = None


def find_written(image: LayeredImage, base: Base | None, store: Store) -> WrittenIn:
    """What is told of the image; nothing, where nobody tells."""
    record, remark = build_record(image, store), ""
    if record is None:
        record, remark = attested_record(image)
    below = 0 if base is None else base.cut.layers
    if record is None:
        return WrittenIn(remarks=(remark,) if remark else ())
    if record.base_layers != below:
        return WrittenIn(remarks=(_OTHER_BASE.format(told=_layers(record.base_layers), found=_layers(below)),))
    stack = record.stack(record.result)[: record.kept_layers]
    text = record.dockerfile
    return WrittenIn(
        lines=tuple(WrittenLine(place=step.location, text=_text(step)) for step, _ in stack[below:]),
        dockerfile=None if text is None else Written(path=text.path, text=text.text, stages=text.stages),
    )


def written_texts(image: LayeredImage, store: Store) -> tuple[str, ...] | None:
    """What made each layer, in the words of the Dockerfile; of the base image what the history says. None where nobody
    tells of the Dockerfile.
    """
    base = find_base(image, store)
    lines = find_written(image, base, store).lines
    if not lines:
        return None
    below = 0 if base is None else base.cut.layers
    written = [*[""] * below, *(" ".join(line.text.split()) for line in lines)]
    told = layer_texts(image.config)
    written += [""] * (len(told) - len(written))
    return tuple(known or text for known, text in zip(written, told, strict=False))


def _text(step: RecordedStep) -> str:
    """The instruction; nothing of a step that stands for an image, whose layers have instructions of their own."""
    return step.instruction if step.location and step.kind != "image" else ""


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
