"""``--metadata-file``: what buildx tells of a build in it."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from jettison.cli.environment import Settings
from jettison.hints import TYPE_CHECKING, Any
from jettison.model.oci import INDEX_TYPES

if TYPE_CHECKING:
    from jettison.engine.request import BuildResult
    from jettison.solve.events import LintWarning

_SWITCH = "BUILDX_METADATA_WARNINGS"
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


def metadata(result: BuildResult) -> dict[str, Any]:
    """What is told of one build."""
    import uuid

    document: dict[str, Any] = {"buildx.build.ref": f"jettison/jettison/{uuid.uuid4().hex[:25]}"}
    manifest = result.manifest
    if manifest is None or manifest.media_type not in INDEX_TYPES:
        document["containerimage.config.digest"] = result.image_id
    document["containerimage.digest"] = result.image_id if manifest is None else manifest.digest
    if manifest is not None:
        document["containerimage.descriptor"] = manifest.document()
    if result.names:
        document["image.name"] = ",".join(str(name) for name in result.names)
    return document


def warnings_told(warnings: Iterable[LintWarning], settings: Settings) -> dict[str, Any]:
    """The key with what the checks found, where BUILDX_METADATA_WARNINGS asks for it and something was found."""
    found = [_warning(warning) for warning in warnings]
    asked = settings.variables.get(_SWITCH, "") in _TRUE
    return {"buildx.build.warnings": found} if asked and found else {}


def _warning(warning: LintWarning) -> dict[str, Any]:
    """One warning in the words of BuildKit's client, without a copy of the Dockerfile."""
    ranges = [{"start": {"line": n}, "end": {"line": n}} for n in range(warning.line, warning.last_line + 1)]
    short = f"{warning.rule}: {warning.message} (line {warning.line})"
    document: dict[str, Any] = {"level": 1, "short": _bytes(short), "detail": [_bytes(warning.description)]}
    if warning.url:
        document["url"] = warning.url
    path = warning.location.rsplit(":", 2)[0]
    return document | {"sourceInfo": {"filename": path, "language": "Dockerfile"}, "range": ranges}


def _bytes(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
