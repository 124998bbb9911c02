"""What a bake file declares: targets, groups, variables."""

from __future__ import annotations

from collections.abc import Mapping

from jettison.bake.entries import Options, Secret, Ssh
from jettison.frozen import dataclass

Texts = tuple[str, ...]
OptionalTexts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One build. None: the attribute is not given; what is empty is given, and overrides what is inherited."""

    name: str
    description: str | None = None
    inherits: Texts | None = None
    annotations: Texts | None = None
    attest: tuple[Options, ...] | None = None
    context: str | None = None
    contexts: Mapping[str, str] | None = None
    dockerfile: str | None = None
    dockerfile_inline: str | None = None
    args: OptionalTexts | None = None
    labels: OptionalTexts | None = None
    tags: Texts | None = None
    cache_from: tuple[Options, ...] | None = None
    cache_to: tuple[Options, ...] | None = None
    target: str | None = None
    secret: tuple[Secret, ...] | None = None
    ssh: tuple[Ssh, ...] | None = None
    platforms: Texts | None = None
    output: tuple[Options, ...] | None = None
    pull: bool | None = None
    no_cache: bool | None = None
    network: str | None = None
    no_cache_filter: Texts | None = None
    shm_size: str | None = None
    ulimits: Texts | None = None
    resources: Mapping[str, str] | None = None
    call: str | None = None
    entitlements: Texts | None = None
    extra_hosts: OptionalTexts | None = None
    policy: tuple[Options, ...] | None = None
    linked: bool = False
    """It was not asked for: another target has it as a context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Targets, and other groups, by name."""

    name: str
    targets: Texts
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A variable as ``--list variables`` shows it."""

    name: str
    value: str | None
    """None: null."""
    type: str = ""
    """In words, where the variable has a type."""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Everything that the bake files of one invocation declare."""

    targets: tuple[Target, ...] = ()
    groups: tuple[Group, ...] = ()
    variables: tuple[Declared, ...] = ()
    warnings: Texts = ()
    """What is in the files without any effect, each with its place, ready to print."""

    @property
    def names(self) -> Texts:
        """Of all groups and targets."""
        return (*(group.name for group in self.groups), *(target.name for target in self.targets))
