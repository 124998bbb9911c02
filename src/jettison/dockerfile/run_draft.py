"""What a container of a stage's image will start with, while instructions write it."""

from __future__ import annotations

from jettison.dockerfile.inherited import InheritedMap
from jettison.frozen import dataclass, field, replace
from jettison.model.config import Healthcheck, RunConfig


@dataclass(slots=True, kw_only=True)
class RunDraft:
    """A :class:`RunConfig` that is put together once, however many instructions add to it."""

    user: str
    working_dir: str
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    shell: tuple[str, ...] | None
    stop_signal: str
    healthcheck: Healthcheck | None
    args_escaped: bool
    env: InheritedMap
    labels: InheritedMap
    exposed_ports: InheritedMap
    """The ports are the names; there are no values."""
    volumes: InheritedMap
    """The same."""
    on_build: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, run: RunConfig) -> RunDraft:
        """The beginning on an image."""
        return cls(
            user=run.user,
            working_dir=run.working_dir,
            entrypoint=run.entrypoint,
            cmd=run.cmd,
            shell=run.shell,
            stop_signal=run.stop_signal,
            healthcheck=run.healthcheck,
            args_escaped=run.args_escaped,
            env=InheritedMap(run.environment()),
            labels=InheritedMap(dict(run.labels)),
            exposed_ports=InheritedMap(dict.fromkeys(run.exposed_ports, "")),
            volumes=InheritedMap(dict.fromkeys(run.volumes, "")),
            on_build=list(run.on_build),
        )

    def on_top(self) -> RunDraft:
        """The beginning of a stage on this one; triggers are not inherited."""
        return replace(
            self,
            env=self.env.on_top(),
            labels=self.labels.on_top(),
            exposed_ports=self.exposed_ports.on_top(),
            volumes=self.volumes.on_top(),
            on_build=[],
        )

    def finished(self) -> RunConfig:
        """The config."""
        return RunConfig(
            user=self.user,
            working_dir=self.working_dir,
            entrypoint=self.entrypoint,
            cmd=self.cmd,
            shell=self.shell,
            stop_signal=self.stop_signal,
            healthcheck=self.healthcheck,
            args_escaped=self.args_escaped,
            env=tuple(self.env.whole().items()),
            labels=tuple(sorted(self.labels.whole().items())),
            exposed_ports=tuple(sorted(self.exposed_ports.whole())),
            volumes=tuple(sorted(self.volumes.whole())),
            on_build=tuple(self.on_build),
        )
