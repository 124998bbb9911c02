"""The Dockerfile that an image was built from, and where in it each layer was made, as far as somebody tells.

For an image that was built here, the record of its last build; for any other, the provenance beside it.
"""

from __future__ import annotations

from jettison.analyze.written import Written
from jettison.engine.attested import attested_record
from jettison.engine.base_of import Base, build_record
from jettison.engine.image_layers import LayeredImage
from jettison.frozen import dataclass
from jettison.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenIn:
    """What is told."""

    places: tuple[str, ...] = ()
    """``path:line:column`` of the instructions of the layers above the base."""
    dockerfile: Written | None = None


def find_written(image: LayeredImage, base: Base | None, store: Store) -> WrittenIn:
    """What is told of the image; nothing, where nobody tells."""
    record = build_record(image, store) or attested_record(image)[0]
    below = 0 if base is None else base.cut.layers
    if record is None or record.base_layers != below:
        return WrittenIn()
    stack = record.stack(record.result)[: record.kept_layers]
    text = record.dockerfile
    return WrittenIn(
        places=tuple(step.location for step, _ in stack[below:]),
        dockerfile=None if text is None else Written(path=text.path, text=text.text, stages=text.stages),
    )
