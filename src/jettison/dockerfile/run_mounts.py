"""The mounts of a RUN (BuildKit: ``dispatchRunMounts``, ``dispatchSecret``, ``dispatchSSH``).

What a secret or an agent is, is not known here: an op names them and says where they go, nothing more.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from jettison.dockerfile.stage_work import StageWork
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING
from jettison.model.op import ExecMount, MountKind, SecretVariable, Sharing
from jettison.text.diagnostics import error_at, quoted
from jettison.text.span import Word

if TYPE_CHECKING:
    from jettison.dockerfile.mounts import Mount, MountSpec

CACHE_NAMESPACE_ARG = "BUILDKIT_CACHE_MOUNT_NS"

_SECRET_FOLDER = "/run/secrets"  # noqa: S105
_AGENT_PATH = "/run/buildkit/ssh_agent"
_DEFAULT_AGENT = "default"
_PROCESS_FILES = "/proc"
"""BuildKit leaves refusing it to runc."""
_SECRET_MODE = 0o400
_AGENT_MODE = 0o600


@dataclass(slots=True)
class RunMounts:
    """What the ``--mount`` flags of one RUN ask for."""

    inputs: list[int | None]
    """The inputs of the vertex; what is mounted is added."""
    mounts: list[ExecMount] = field(default_factory=list)
    secret_env: list[SecretVariable] = field(default_factory=list)
    agent_path: str | None = None
    """Where the socket of the first agent is."""
    _agents: int = 0

    def add_all(self, work: StageWork, specs: Sequence[MountSpec]) -> None:
        """Add the mounts as written, in their order; raises :class:`SourceError`."""
        if not specs:
            return
        from jettison.dockerfile.mounts import MountType, resolve_mount

        for spec in specs:
            mount = resolve_mount(spec, work.expand)
            match mount.type:
                case MountType.SECRET:
                    self._add_secret(work, spec, mount)
                case MountType.SSH:
                    self._add_agent(work, spec, mount)
                case MountType.TMPFS:
                    self._add(work, spec, mount, MountKind.TMPFS, size_bytes=mount.size_bytes or None)
                case MountType.BIND:
                    self._add(work, spec, mount, MountKind.BIND, place=self._input(work, spec, mount))
                case MountType.CACHE:
                    self._add_cache(work, spec, mount)

    def in_order(self) -> tuple[ExecMount, ...]:
        """All mounts in the order in which they are made: by target, as BuildKit sorts them."""
        return tuple(sorted(self.mounts, key=lambda mount: mount.target.encode("utf-8", "surrogateescape")))

    def _add(
        self,
        work: StageWork,
        spec: MountSpec,
        mount: Mount,
        kind: MountKind,
        *,
        place: int | None = None,
        name: str = "",
        size_bytes: int | None = None,
    ) -> None:
        self.mounts.append(
            ExecMount(
                kind=kind,
                target=_target(work, spec, mount.target),
                input=place,
                source=_clean(posixpath.join("/", mount.source)).lstrip("/") if place is not None else "",
                read_only=bool(mount.read_only),
                id=name,
                sharing=Sharing(mount.sharing or Sharing.SHARED),
                mode=mount.mode,
                uid=mount.uid,
                gid=mount.gid,
                size_bytes=size_bytes,
            )
        )

    def _add_cache(self, work: StageWork, spec: MountSpec, mount: Mount) -> None:
        namespace = work.build_args.get(CACHE_NAMESPACE_ARG, "")
        name = mount.id or _clean(mount.target)
        place = self._input(work, spec, mount) if mount.from_ else None
        self._add(work, spec, mount, MountKind.CACHE, place=place, name=f"{namespace}/{name}" if namespace else name)

    def _add_secret(self, work: StageWork, spec: MountSpec, mount: Mount) -> None:
        name = mount.source or mount.id or posixpath.basename(mount.target.rstrip("/"))
        if mount.env is not None:
            self.secret_env.append(SecretVariable(name=mount.env, id=name, required=mount.required))
        if mount.target or mount.env is None:
            target = mount.target or f"{_SECRET_FOLDER}/{posixpath.basename(name.rstrip('/'))}"
            self._add_credential(work, spec, mount, MountKind.SECRET, target=target, name=name, mode=_SECRET_MODE)

    def _add_agent(self, work: StageWork, spec: MountSpec, mount: Mount) -> None:
        if mount.source:
            raise error_at(spec.word.span, "ssh does not support source", hint="id= names the agent of --ssh")
        target = mount.target or f"{_AGENT_PATH}.{self._agents}"
        self._agents += 1
        if self.agent_path is None:
            self.agent_path = target
        self._add_credential(
            work, spec, mount, MountKind.SSH, target=target, name=mount.id or _DEFAULT_AGENT, mode=_AGENT_MODE
        )

    def _add_credential(
        self, work: StageWork, spec: MountSpec, mount: Mount, kind: MountKind, *, target: str, name: str, mode: int
    ) -> None:
        self.mounts.append(
            ExecMount(
                kind=kind,
                target=_target(work, spec, target),
                read_only=kind is MountKind.SECRET,
                id=name,
                required=mount.required,
                mode=(mode if mount.mode is None else mount.mode) & 0o777,
                uid=mount.uid or 0,
                gid=mount.gid or 0,
            )
        )

    def _input(self, work: StageWork, spec: MountSpec, mount: Mount) -> int:
        """The place among the inputs of what is mounted."""
        if mount.from_:
            word = next((field.value for field in spec.fields if field.key == "from" and field.value), spec.word)
            self.inputs.append(work.find_source(Word(mount.from_, word.span), by_number=False))
        else:
            self.inputs.append(work.graph.context("context"))
        return len(self.inputs) - 1


def _target(work: StageWork, spec: MountSpec, target: str) -> str:
    """Where a mount goes: an absolute path, relative to the working directory where it is written so."""
    place = _clean(posixpath.join("/", work.state.directory, target))
    if place == "/":
        raise error_at(spec.word.span, f"invalid mount target {quoted(target or '/')}", hint="give target=/a/folder")
    if place == _PROCESS_FILES:
        raise error_at(
            spec.word.span,
            f"invalid mount target {quoted(place)}: it is where the kernel shows processes",
            hint="commands cannot run without it: mount on another folder",
        )
    return place


def _clean(path: str) -> str:
    """Go's ``path.Clean``: as Python's, and two slashes at the beginning are one."""
    cleaned = posixpath.normpath(path)
    return f"/{cleaned.lstrip('/')}" if cleaned.startswith("//") else cleaned
