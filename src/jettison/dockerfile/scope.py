"""Which variables an instruction sees, and which of them reach a command.

Source: BuildKit ``dockerfile2llb`` (``defaultArgs``, ``buildMetaArgs``, ``dispatchArg``): ENV and ARG share one scope,
the later one wins; a stage built on another inherits both.
"""

from __future__ import annotations

from collections.abc import Mapping

from jettison.dockerfile.inherited import InheritedMap
from jettison.errors import UsageError
from jettison.frozen import dataclass, field
from jettison.model.platform import Platform

EPOCH_ARG = "SOURCE_DATE_EPOCH"
"""The argument with the time of everything that a build makes."""

_MAX_EPOCH = 253_402_300_799
"""The last second of the year 9999."""

PROXY_ARGS = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
"""Known without being declared, in either case; they reach commands, but neither history nor cache keys."""


def platform_args(build: Platform, target: Platform, stage: str) -> dict[str, str]:
    """The arguments of the global scope that BuildKit provides."""
    return {
        "BUILDPLATFORM": str(build),
        "BUILDOS": build.os,
        "BUILDOSVERSION": build.os_version,
        "BUILDARCH": build.architecture,
        "BUILDVARIANT": build.variant,
        "TARGETPLATFORM": str(target),
        "TARGETOS": target.os,
        "TARGETOSVERSION": target.os_version,
        "TARGETARCH": target.architecture,
        "TARGETVARIANT": target.variant,
        "TARGETSTAGE": stage or "default",
    }


def is_predefined(name: str) -> bool:
    """Whether ``--build-arg`` may give this argument without an ARG."""
    return name.lower() in PROXY_ARGS or name.startswith("BUILDKIT_") or name == EPOCH_ARG


NEVER_VARIABLES = ("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE")
"""Arguments that only tell a scanner what to look at: no word is expanded with them, no command gets them."""


def parse_epoch(text: str) -> int | None:
    """The value of SOURCE_DATE_EPOCH, seconds since 1970; None where it is empty. Raises :class:`UsageError`."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) <= _MAX_EPOCH):
        raise UsageError(f"invalid {EPOCH_ARG} {text!r}", hint="seconds since 1970, such as 1700000000")
    return int(text)


def proxy_environment(build_args: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The proxy variables for commands, in both cases, from the build arguments."""
    values = {name.lower(): value for name, value in sorted(build_args.items()) if name.lower() in PROXY_ARGS}
    return tuple((spelling, value) for name, value in values.items() for spelling in (name.upper(), name))


@dataclass(slots=True)
class Scope:
    """The variables of one stage while its instructions are carried out."""

    variables: InheritedMap = field(default_factory=InheritedMap)
    """What words are expanded with, and what commands get."""
    declared: InheritedMap = field(default_factory=InheritedMap)
    """The arguments declared so far with the value at declaration, in order: the history of a RUN tells them."""
    _own: set[str] = field(default_factory=set)
    """The arguments that were declared in this stage."""

    def inherit(self, environment: Mapping[str, str]) -> Scope:
        """The scope that a stage on top of this one begins with; an ARG no longer hides a variable of the image."""
        variables = self.variables.on_top()
        variables.update({name: environment[name] for name in self._own if name in environment})
        return Scope(variables=variables, declared=self.declared.on_top())

    def declare(self, name: str, value: str | None) -> None:
        """ARG."""
        self.declared[name] = value or ""
        self._own.add(name)
        if value is not None and name not in NEVER_VARIABLES:
            self.variables[name] = value

    def cross_target(self, platform: Platform) -> str:
        """What a stage of this platform builds for, where it asked and that is another one: ``->arm64``."""
        text = self.variables.get("TARGETPLATFORM", "")
        if text:
            os, _, architecture = text.partition("/")
        else:
            os = self.variables.get("TARGETOS", platform.os)
            parts = (self.variables.get("TARGETARCH", ""), self.variables.get("TARGETVARIANT", ""))
            architecture = "/".join(part for part in parts if part)
        if not architecture or f"{os}/{architecture}" == str(platform):
            return ""
        return f"->{architecture}" if os == platform.os else f"->{os}/{architecture}"

    def told_args(self) -> list[str]:
        """``NAME=value`` of the declared arguments, with the values that a command sees."""
        return [f"{name}={self.variables.get(name, value)}" for name, value in self.declared.items()]
