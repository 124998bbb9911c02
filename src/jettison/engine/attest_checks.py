"""Whether what is asked to be said about an image has a place to go: looked at before anything is built."""

from __future__ import annotations

from jettison.dockerfile.scope import NEVER_VARIABLES
from jettison.engine.definitions import PlatformBuild
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.request import BuildRequest
from jettison.errors import UsageError
from jettison.frozen import replace


def scan_remark(build: PlatformBuild) -> str | None:
    """What the user should know of the scan, where arguments ask for more than it does."""
    request = build.request
    told = [name for name in NEVER_VARIABLES if name in build.sources.text or name in dict(request.build_args)]
    if not told or not request.attest.sbom:
        return None
    return f"{' and '.join(told)} without effect: the bill of materials is that of the final image"


def with_places(request: BuildRequest) -> BuildRequest:
    """The request with images that the store keeps as they would leave, where something is to be said about them."""

    def kept(output: Output) -> Output:
        is_said = request.attest.asked or bool(output.annotations)
        is_whole = is_said and output.kind is OutputKind.IMAGE and output.store and not output.docker_types
        return replace(output, is_whole=True) if is_whole else output

    outputs = request.outputs or ((Output(kind=OutputKind.IMAGE),) if request.attest.asked else ())
    return replace(request, outputs=tuple(map(kept, outputs)))


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
        return "attestations go nowhere: no output has a place for them"
    return None
