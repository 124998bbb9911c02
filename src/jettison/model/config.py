"""The image config (OCI image-spec, config.md, with docker's additions: Healthcheck, OnBuild, Shell, ArgsEscaped)."""

from __future__ import annotations

from jettison.frozen import dataclass, field
from jettison.hints import Any
from jettison.model.digest import Digest, chain_id
from jettison.model.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck:
    """How a container's health is tested; durations are nanoseconds, 0 means docker's default.

    ``test`` is in docker's form: ``("CMD", …)``, ``("CMD-SHELL", text)`` or ``("NONE",)``.
    """

    test: tuple[str, ...] = ()
    interval_ns: int = 0
    timeout_ns: int = 0
    start_period_ns: int = 0
    start_interval_ns: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What a container of the image starts with: the ``config`` field."""

    user: str = ""
    exposed_ports: tuple[str, ...] = ()
    """``PORT/PROTOCOL``, sorted."""
    env: tuple[tuple[str, str], ...] = ()
    """In order of first definition."""
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    volumes: tuple[str, ...] = ()
    working_dir: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted by key."""
    stop_signal: str = ""
    healthcheck: Healthcheck | None = None
    on_build: tuple[str, ...] = ()
    shell: tuple[str, ...] | None = None
    args_escaped: bool = False

    def environment(self) -> dict[str, str]:
        """The environment as a dict in order."""
        return dict(self.env)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What one instruction did. Times are RFC 3339 texts, as they stand in the config."""

    created: str | None = None
    created_by: str = ""
    author: str = ""
    comment: str = ""
    empty_layer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """A whole image config. Its digest, as written by ``jettison.model.config_json``, is the image id."""

    platform: Platform
    created: str | None = None
    author: str = ""
    run: RunConfig = field(default_factory=RunConfig)
    diff_ids: tuple[Digest, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    extra: tuple[tuple[str, Any], ...] = ()
    """Top-level fields that this version does not know, kept for the way back, as parsed from JSON."""

    @property
    def chain_id(self) -> Digest:
        """The identity of the whole stack of layers."""
        return chain_id(self.diff_ids)
