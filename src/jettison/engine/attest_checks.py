"""Whether what is asked to be said about an image has a place to go: looked at before anything is built."""

from __future__ import annotations

from jettison.dockerfile.scope import NEVER_VARIABLES
from jettison.engine.definitions import PlatformBuild
from jettison.engine.outputs import OutputKind
from jettison.engine.request import BuildRequest
from jettison.errors import UsageError


def scan_remark(build: PlatformBuild) -> str | None:
    """What the user should know of the scan, where arguments ask for more than it does."""
    request = build.request
    told = [name for name in NEVER_VARIABLES if name in build.sources.text or name in dict(request.build_args)]
    if not told or not request.attest.sbom:
        return None
    return f"{' and '.join(told)} without effect: the bill of materials is that of the final image"


def check_attestations(request: BuildRequest) -> str | None:
    """What the user should know of where attestations go; :class:`UsageError` where an output has no place for them."""
    if not request.attest.asked:
        return None
    for output in request.outputs:
        if output.kind is OutputKind.DOCKER:
            raise UsageError(
                "attestations have no place in a docker archive", hint="-o type=oci,dest=FILE has one for them"
            )
        if output.docker_types and output.needs_blobs:
            raise UsageError("cannot export attestations with oci-mediatypes=false")
    if not any(output.leaves for output in request.outputs):
        return "attestations do not stay in the store: they go with --push and with -o type=oci, local or tar"
    return None
