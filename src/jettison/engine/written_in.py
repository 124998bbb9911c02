"""The Dockerfiles that an image and its base were built from, and where in them each layer was made, as far as somebody
tells.

For an image that was built here, the record of its last build; for any other, the provenance beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.analyze.written import Written, WrittenBase, WrittenLine
from jettison.engine.base_of import Base, find_base, layer_texts
from jettison.engine.image_layers import LayeredImage
from jettison.engine.lineage import KnownBuild, Lineage, MadeLayer, unverified
from jettison.frozen import dataclass
from jettison.model.build_record import RecordedStep
from jettison.store.store import Store
from jettison.tuples import NamedTuple

_OTHER_BASE = "the lines of the Dockerfile are not told: by its build the base image has {told}, by what it is {found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenIn:
    """What is told."""

    lines: tuple[WrittenLine, ...] = ()
    """The instructions of the layers above the base."""
    base_lines: tuple[WrittenLine, ...] = ()
    """Those of the layers of the base, each in the Dockerfile of the image that it names."""
    remarks: tuple[str, ...] = ()
    """Why nobody tells, where somebody could have; and what is but a claim."""
    dockerfile: Written | None = None
    base_dockerfiles: tuple[WrittenBase, ...] = ()
    """The uppermost first."""


class LayerText(NamedTuple):
    """What made a layer, for people."""

    text: str
    image: str
    """The base image that the layer is from, where its Dockerfile tells; else empty."""

    @property
    def shown(self) -> str:
        """With the base image, where it is in one."""
        return f"{self.text} (of {self.image})" if self.image else self.text


def find_written(image: LayeredImage, base: Base | None, store: Store) -> WrittenIn:
    """What is told of the image and of its base; nothing, where nobody tells."""
    lineage = Lineage(store)
    build, remark = lineage.of_image(image)
    remarks = [remark] if remark else []
    below = 0 if base is None else base.cut.layers
    made: Sequence[MadeLayer] = ()
    text = None
    if build is None:
        made = lineage.below(image.config, base)
    elif build.record.base_layers != below:
        remarks.append(_OTHER_BASE.format(told=_layers(build.record.base_layers), found=_layers(below)))
    else:
        made = lineage.stack(build, build.record.result)[: build.record.kept_layers]
        text = _written(build)
    lines = [_line(one) for one in made]
    told = ([build] if build is not None and made else []) + [one.build for one in reversed(made)]
    builds = list({id(known): known for known in told}.values())
    remarks += [unverified(known.image) for known in builds if known.is_claim]
    bases = [(known.image, _written(known)) for known in builds if known.image]
    return WrittenIn(
        lines=tuple(lines[below:]),
        base_lines=tuple(lines[:below]),
        remarks=tuple(remarks),
        dockerfile=text,
        base_dockerfiles=tuple(WrittenBase(image=name, dockerfile=told) for name, told in bases if told is not None),
    )


def written_texts(image: LayeredImage, store: Store) -> tuple[LayerText, ...] | None:
    """What made each layer, in the words of the Dockerfiles; else what the history says. None where nobody tells of the
    image's own Dockerfile.
    """
    base = find_base(image, store)
    found = find_written(image, base, store)
    below = 0 if base is None else base.cut.layers
    told = layer_texts(image.config)
    if not (found.lines or (found.base_lines and below == len(told))):
        return None
    lines = [*found.base_lines, *[WrittenLine(place="")] * (below - len(found.base_lines)), *found.lines]
    lines += [WrittenLine(place="")] * (len(told) - len(lines))
    return tuple(
        LayerText(" ".join(line.text.split()) or text, line.image if line.text else "")
        for line, text in zip(lines, told, strict=False)
    )


def _written(build: KnownBuild) -> Written | None:
    text = build.record.dockerfile
    return None if text is None else Written(path=text.path, text=text.text, stages=text.stages)


def _line(made: MadeLayer) -> WrittenLine:
    step = made.step
    image = step.source if step.kind == "image" else made.build.image
    return WrittenLine(place=step.location if step.kind != "image" else "", text=_text(step), image=image)


def _text(step: RecordedStep) -> str:
    """The instruction; nothing of a step that stands for an image, whose layers have instructions of their own."""
    return step.instruction if step.location and step.kind != "image" else ""


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
