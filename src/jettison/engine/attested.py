"""The build of an image as the provenance beside it tells it, wherever the image lies: a claim that nobody verified."""

from __future__ import annotations

from jettison.attest.provenance_record import PREDICATE_TYPES, read_provenance
from jettison.engine.image_layers import LayeredImage
from jettison.errors import IntegrityError, NotFoundError, RegistryError
from jettison.model.build_record import BuildRecord


def attested_record(image: LayeredImage) -> tuple[BuildRecord | None, str]:
    """What the provenance beside an image tells of its build; and what is wrong with it, where something is.

    Nothing is wrong with provenance that tells of no steps: that of ``mode=min``, the most frequent one, does not.
    """
    try:
        statement = image.statement(PREDICATE_TYPES)
        record = None if statement is None else read_provenance(statement, image.config.diff_ids)
    except (IntegrityError, NotFoundError, RegistryError) as error:
        return None, f"the provenance of the image is of no use: {error.message}"
    return record, ""


def is_without_steps(image: LayeredImage) -> bool:
    """Whether there is provenance beside an image, and it tells of no steps."""
    try:
        statement = image.statement(PREDICATE_TYPES)
        return statement is not None and read_provenance(statement, image.config.diff_ids) is None
    except (IntegrityError, NotFoundError, RegistryError):
        return False
