"""SLSA provenance of a build, in version 1 and 0.2, with the fields that BuildKit gives it.

Sources: slsa.dev/spec/v1.1/provenance and BuildKit's docs/attestations/slsa-definitions.md.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from jettison.attest.options import Mode, ProvenanceOptions, SlsaVersion
from jettison.attest.steps import build_steps, reachable
from jettison.dockerfile.git_ref import shown_source, split_credentials
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.scope import PROXY_ARGS
from jettison.errors import BuildError
from jettison.frozen import dataclass, field
from jettison.hints import Any
from jettison.model.definition import Definition
from jettison.model.oci import Descriptor
from jettison.model.op import ContextOp, ExecOp, GitOp, HttpOp, ImageOp, MountKind, Vertex
from jettison.model.platform import Platform
from jettison.packages.purl import image_purl

_BUILD_TYPE_1 = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"
_BUILD_TYPE_0_2 = "https://mobyproject.org/buildkit@v1"
_METADATA_0_2 = "https://mobyproject.org/buildkit@v1#metadata"
_HERMETIC_0_2 = "https://mobyproject.org/buildkit@v1#hermetic"
_FRONTEND = "dockerfile.v0"
_MAIN_CONTEXT = "context"
_SCRUBBED = ("build-arg:", "label:")
_SHA256_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSource:
    """Where the Dockerfile came from; without a URI it lay on this machine."""

    uri: str = ""
    """Without credentials."""
    digests: tuple[tuple[str, str], ...] = ()
    path: str = ""

    def document(self) -> dict[str, Any]:
        """Without what is empty."""
        return _filled({"uri": self.uri, "digest": dict(self.digests), "path": self.path})


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFacts:
    """What provenance tells, as the engine knows it once the build is over."""

    definition: Definition
    pins: Mapping[int, str]
    """Vertex -> what the name of its source meant: an image's digest, a commit, the digest of a file."""
    args: Mapping[str, str]
    """The request in BuildKit's words: ``build-arg:NAME``, ``label:NAME``, ``target``, …"""
    config_source: ConfigSource
    contexts: Mapping[str, str]
    """What the contexts of the steps are called in the request; the main one is ``context``."""
    dockerfile: bytes = field(repr=False)
    dockerfile_name: str
    layers: Mapping[int, tuple[Descriptor, ...]]
    """Vertex -> the layers of its result, where the image has them."""
    builder_platform: Platform
    builder_version: str
    invocation_id: str
    started: str
    finished: str
    """Both in RFC 3339."""


def provenance(facts: BuildFacts, options: ProvenanceOptions) -> dict[str, Any]:
    """The predicate. Raises :class:`BuildError` where all materials have to be known, and are not."""
    capture = _capture(facts)
    if options.complete_materials and capture.locals:
        names = ", ".join(capture.locals)
        raise BuildError(
            f"provenance materials are incomplete: these came from this machine: {names}",
            hint="build from a git repository, or leave complete-materials out",
        )
    predicate = _predicate(facts, capture, options)
    return predicate if options.version is SlsaVersion.V1 else _version_0_2(predicate)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Capture:
    """What the steps of a build used."""

    dependencies: tuple[dict[str, Any], ...]
    locals: tuple[str, ...]
    secrets: tuple[dict[str, Any], ...]
    agents: tuple[dict[str, Any], ...]
    uses_network: bool


def _capture(facts: BuildFacts) -> _Capture:
    vertices = facts.definition.vertices
    numbers = reachable(vertices, facts.definition.result)
    dependencies: dict[tuple[int, str, str], dict[str, Any]] = {}
    contexts = set() if facts.config_source.uri else {"dockerfile"}
    if facts.config_source.uri:
        uri, digests = facts.config_source.uri, dict(facts.config_source.digests)
        dependencies[1 if "sha1" in digests else 2, uri, ""] = _filled({"uri": uri, "digest": digests})
    optional: dict[tuple[MountKind, str], bool] = {}
    uses_network = False
    for number in numbers:
        op = vertices[number].op
        dependency = _dependency(vertices[number], facts.pins.get(number, ""))
        if dependency is not None:
            dependencies.setdefault(dependency[0], dependency[1])
        elif isinstance(op, ContextOp):
            name = facts.contexts.get(op.name, op.name)
            contexts |= set() if facts.config_source.uri and name == _MAIN_CONTEXT else {name}
        elif isinstance(op, ExecOp):
            uses_network |= op.network != "none"
            asked = [(mount.kind, mount.id, mount.required) for mount in op.mounts]
            asked += [(MountKind.SECRET, variable.id, variable.required) for variable in op.secret_env]
            for kind, identifier, required in asked:
                optional[kind, identifier] = optional.get((kind, identifier), True) and not required

    def asked_for(kind: MountKind) -> tuple[dict[str, Any], ...]:
        found = sorted((name, is_optional) for (of, name), is_optional in optional.items() if of is kind)
        return tuple(_filled({"id": name, "optional": is_optional}) for name, is_optional in found)

    return _Capture(
        dependencies=tuple(dependencies[key] for key in sorted(dependencies)),
        locals=tuple(sorted(contexts)),
        secrets=asked_for(MountKind.SECRET),
        agents=asked_for(MountKind.SSH),
        uses_network=uses_network,
    )


def _dependency(vertex: Vertex, pin: str) -> tuple[tuple[int, str, str], dict[str, Any]] | None:
    """What a step fetched: its place in the list (images, repositories, files, each by name), and the entry."""
    op = vertex.op
    if isinstance(op, ImageOp):
        uri = image_purl(op.reference, op.platform)
        place = (0, str(op.reference), str(op.platform))
    elif isinstance(op, GitOp):
        uri = shown_source(op)
        place = (1, uri, "")
    elif isinstance(op, HttpOp):
        uri = shown_source(op)
        place = (2, uri, "")
    else:
        return None
    return place, _filled({"uri": uri, "digest": digest_set(pin)})


def digest_set(pin: str) -> dict[str, str]:
    """``algorithm:hex``, or a git commit, as SLSA names digests; nothing of nothing."""
    algorithm, colon, value = pin.partition(":")
    if colon:
        return {algorithm: value}
    if not pin:
        return {}
    return {"sha256" if len(pin) == _SHA256_LENGTH else "sha1": pin}


def _predicate(facts: BuildFacts, capture: _Capture, options: ProvenanceOptions) -> dict[str, Any]:
    args = {
        key: split_credentials(value)[0] if key.startswith("context:") else value
        for key, value in sorted(facts.args.items())
        if key.removeprefix("build-arg:").lower() not in PROXY_ARGS
    }
    is_max = options.mode is Mode.MAX
    kept = {key: value for key, value in args.items() if is_max or not key.startswith(_SCRUBBED)}
    request = {
        "frontend": _FRONTEND,
        "args": kept,
        "secrets": list(capture.secrets) if is_max else [],
        "ssh": list(capture.agents) if is_max else [],
        "locals": [{"name": name} for name in capture.locals],
    }
    internal: dict[str, Any] = {"builderPlatform": str(facts.builder_platform)}
    metadata: dict[str, Any] = {}
    if is_max:
        internal["buildConfig"], metadata = _steps(facts)
    is_complete = not capture.locals
    return {
        "buildDefinition": _filled(
            {
                "buildType": _BUILD_TYPE_1,
                "resolvedDependencies": list(capture.dependencies),
            }
        )
        | {
            "externalParameters": {"configSource": facts.config_source.document(), "request": _filled(request)},
            "internalParameters": internal,
        },
        "runDetails": {
            "builder": {"id": options.builder_id, "version": {"jettison": facts.builder_version}},
            "metadata": {
                "invocationId": facts.invocation_id,
                "startedOn": facts.started,
                "finishedOn": facts.finished,
                "buildkit_metadata": metadata,
                **_filled({"buildkit_hermetic": is_complete and not capture.uses_network}),
                "buildkit_completeness": {"request": kept == args, "resolvedDependencies": is_complete},
                **_filled({"buildkit_reproducible": options.reproducible}),
            },
        },
    }


def _steps(facts: BuildFacts) -> tuple[dict[str, Any], dict[str, Any]]:
    """``buildConfig`` and the metadata that leads from its steps to the Dockerfile and to the layers."""
    definition = facts.definition
    steps = build_steps(definition.vertices, definition.result, facts.pins)
    config = {"llbDefinition": list(steps.document), "digestMapping": dict(steps.digests)}
    lines = _lines(facts.dockerfile, facts.dockerfile_name)
    locations = {name: _location(definition.vertices[number].location, lines) for number, name in steps.names.items()}
    metadata = {
        "source": {
            "locations": locations,
            "infos": [
                {
                    "filename": facts.dockerfile_name,
                    "language": "Dockerfile",
                    "data": base64.b64encode(facts.dockerfile).decode(),
                }
            ],
        },
        "layers": {
            f"{steps.names[number]}:0": [[descriptor.document() for descriptor in layers]]
            for number, layers in sorted(facts.layers.items())
            if number in steps.names and layers
        },
    }
    return config, _filled(metadata)


def _lines(dockerfile: bytes, name: str) -> dict[int, int]:
    """The first line of each instruction -> its last one."""
    found = {}
    for instruction in parse_dockerfile(dockerfile.decode("utf-8", "surrogateescape"), name).instructions:
        source, first, _ = instruction.span
        last = first + len(instruction.span.text.rstrip("\r\n"))
        found[source.position(first).line] = source.position(last).line
    return found


def _location(text: str, lines: Mapping[int, int]) -> dict[str, Any]:
    """A range for each line of the instruction at ``path:line:column``; nothing where a step stands nowhere."""
    parts = text.rsplit(":", 2)
    if len(parts) != 3 or not parts[1].isdecimal():
        return {}
    first = int(parts[1])
    ranges = [{"start": {"line": line}, "end": {"line": line}} for line in range(first, lines.get(first, first) + 1)]
    return {"locations": [{"ranges": ranges}]}


def _version_0_2(predicate: dict[str, Any]) -> dict[str, Any]:
    definition, details = predicate["buildDefinition"], predicate["runDetails"]
    external, internal, metadata = (
        definition["externalParameters"],
        definition["internalParameters"],
        details["metadata"],
    )
    source = external["configSource"]
    complete = metadata["buildkit_completeness"]
    return {
        "builder": {"id": details["builder"]["id"]},
        "buildType": _BUILD_TYPE_0_2,
        **_filled({"materials": definition.get("resolvedDependencies", [])}),
        "invocation": {
            "configSource": _filled(
                {
                    "uri": source.get("uri", ""),
                    "digest": source.get("digest", {}),
                    "entryPoint": source.get("path", ""),
                }
            ),
            "parameters": external["request"],
            "environment": {"platform": internal["builderPlatform"]},
        },
        **_filled({"buildConfig": internal.get("buildConfig", {})}),
        "metadata": {
            "buildInvocationID": metadata["invocationId"],
            "buildStartedOn": metadata["startedOn"],
            "buildFinishedOn": metadata["finishedOn"],
            "completeness": {
                "parameters": complete["request"],
                "environment": True,
                "materials": complete["resolvedDependencies"],
            },
            "reproducible": metadata.get("buildkit_reproducible", False),
            _METADATA_0_2: metadata["buildkit_metadata"],
            **_filled({_HERMETIC_0_2: metadata.get("buildkit_hermetic", False)}),
        },
    }


def _filled(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty or false, as BuildKit leaves it out."""
    return {key: value for key, value in document.items() if value not in ("", False, None, [], {}, ())}


def layers_of_steps(definition: Definition, layers: Sequence[Descriptor]) -> dict[int, tuple[Descriptor, ...]]:
    """Vertex -> the layers of its result, of the vertices whose layers the image keeps; ``layers`` are the image's."""
    kept = [step.vertex for step in definition.steps if step.vertex is not None]
    count = len(layers) - len(kept)
    base: int | None = definition.result
    if kept:
        base = next(iter(definition.vertices[kept[0]].inputs), None)
    found = {} if base is None or count <= 0 else {base: tuple(layers[:count])}
    for number in kept:
        count += 1
        found[number] = tuple(layers[:count])
    return found
