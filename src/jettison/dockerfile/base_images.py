"""The images that a Dockerfile names: which are asked for, and what is known of those that were resolved.

A conversion is pure: what it needs to know of an image is handed in, and where some are missing it answers with them.
"""

from __future__ import annotations

from collections.abc import Mapping

from jettison.dockerfile.instructions import Instruction
from jettison.dockerfile.stage_graph import StageNames
from jettison.dockerfile.trace import BaseFound, Trace
from jettison.errors import JettisonError
from jettison.frozen import dataclass
from jettison.model.config import ImageConfig
from jettison.model.op import ImageOp, LinkOp
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.text.diagnostics import error_at, excerpt
from jettison.text.span import Span
from jettison.text.suggest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """An image whose config is needed."""

    reference: Reference
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedBase:
    """What is known of an image that was asked for."""

    op: ImageOp | LinkOp
    """Its files."""
    config: ImageConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededImages:
    """The answer of a conversion that cannot go on."""

    images: tuple[ImageRequest, ...]
    places: Mapping[ImageRequest, str]
    """Where the Dockerfile names each image: the marked lines, ready to print."""


class BaseImages:
    """What one conversion asks of images."""

    def __init__(self, resolved: Mapping[ImageRequest, ResolvedBase], stages: StageNames, trace: Trace) -> None:
        self._resolved = resolved
        self._stages = stages
        self._trace = trace
        self.missing: dict[ImageRequest, str] = {}
        """What was asked for and is not resolved, and where it is named."""

    @property
    def needed(self) -> NeededImages:
        """What is missing, as the answer of the conversion."""
        return NeededImages(images=tuple(self.missing), places=self.missing)

    def reference(self, name: str, span: Span) -> Reference:
        """The image of this name: also where its stage is not needed, a name must be one."""
        try:
            return Reference.parse(name).with_default_tag()
        except JettisonError as error:
            hint = did_you_mean(name, self._stages)
            if self._stages.last(name) is not None:
                hint = f"FROM knows that stage as {name.lower()}"
            raise error_at(span, error.message, hint=hint or error.hint) from error

    def request(self, name: str, platform: Platform, span: Span, instruction: Instruction) -> ResolvedBase | None:
        """What is known of an image; None where nothing is yet, and then it is among the missing."""
        request = ImageRequest(reference=self.reference(name, span), platform=platform)
        found = self._resolved.get(request)
        if found is None:
            self.missing.setdefault(request, f"{span.location}\n{excerpt(span)}")
        elif found.config.diff_ids:
            met = BaseFound(instruction=instruction, name=name, wanted=platform, found=found.config.platform)
            self._trace.bases[met] = None
        return found

    def resolved(self, name: str, platform: Platform) -> tuple[Reference, ResolvedBase]:
        """An image that was asked for before."""
        reference = Reference.parse(name).with_default_tag()
        return reference, self._resolved[ImageRequest(reference=reference, platform=platform)]
