"""The options of a build that say what its commands run in, and what they are given (buildx: ``util/buildflags``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.values import parse_csv, parse_extra_hosts
from jettison.errors import UsageError
from jettison.hints import TYPE_CHECKING
from jettison.model.op import Limit
from jettison.model.run_settings import Entitlement, RunSettings
from jettison.report.units import parse_memory_size
from jettison.sandbox.defaults import LIMITS
from jettison.text.suggest import did_you_mean

if TYPE_CHECKING:
    from jettison.engine.credentials import SecretSource
    from jettison.sources.ssh_agent import AgentSource

NETWORKS = ("default", "host", "none")

MAX_LIMIT = (1 << 63) - 1

_ENTITLEMENTS = tuple(Entitlement)
_OF_BUILDX = "buildx.local.delete"
"""Allows an output to delete files: nothing here does that."""
_SECRET_KEYS = ("type", "id", "source", "src", "env")
_SECRET_TYPES = ("file", "env")


def add_run_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.values("--add-host", kind="list", help='Add a custom host-to-IP mapping (format: "host:ip")')
    parser.values(
        "--allow",
        kind="stringArray",
        help='Allow extra privileged entitlement (e.g., "network.host", "security.insecure", "device")',
    )
    parser.value("--cgroup-parent", help='Set the parent cgroup for the "RUN" instructions during build', default="")
    parser.value(
        "--network", help='Set the networking mode for the "RUN" instructions', choices=NETWORKS, default="default"
    )
    parser.values(
        "--secret", kind="stringArray", help='Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")'
    )
    parser.value("--shm-size", kind="bytes", help="Shared memory size for build containers", parse=parse_memory_size)
    parser.values(
        "--ssh",
        kind="stringArray",
        help='SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")',
    )
    parser.values("--ulimit", kind="ulimit", help="Ulimit options", parse=parse_limit)


def run_settings(arguments: Arguments) -> RunSettings:
    """What the options say of every command."""
    allowed = parse_entitlements(arguments.allow)
    if arguments.network == "host":
        allowed |= {Entitlement.NETWORK_HOST}
    limits = {limit.name: limit for limit in arguments.ulimit}
    return RunSettings(
        network=arguments.network,
        extra_hosts=tuple(pair for text in arguments.add_host for pair in parse_extra_hosts(text)),
        allowed=allowed,
        shm_size_bytes=arguments.shm_size or 0,
        limits=tuple(limits[name] for name in sorted(limits)),
        control_group_parent=arguments.cgroup_parent,
    )


def parse_entitlements(texts: Iterable[str]) -> frozenset[Entitlement]:
    """What ``--allow`` allows; the names of devices are taken, as there are none."""
    allowed = set()
    for text in texts:
        name, equals, _ = text.partition("=")
        if not text or text == _OF_BUILDX:
            continue
        if name not in _ENTITLEMENTS or (equals and name != Entitlement.DEVICE):
            hint = did_you_mean(name, _ENTITLEMENTS) or f"one of {', '.join(_ENTITLEMENTS)}"
            raise UsageError(f"unknown entitlement {text}", hint=hint)
        allowed.add(Entitlement(name))
    return frozenset(allowed)


def parse_limit(text: str) -> Limit:
    """``name=soft[:hard]`` as docker reads it; -1 is none, and the soft value alone is the hard one too."""
    name, equals, values = text.partition("=")
    if not equals:
        raise UsageError(f"invalid ulimit argument: {text}", hint="for example nofile=1024:2048")
    if name not in LIMITS:
        raise UsageError(
            f"invalid ulimit type: {name}", hint=did_you_mean(name, LIMITS) or f"one of {', '.join(LIMITS)}"
        )
    parts = values.split(":")
    if len(parts) > 2:
        raise UsageError(f"too many limit value arguments - {values}, can only have up to two, `soft[:hard]`")
    try:
        soft, hard = (int(parts[0]), int(parts[-1]))
    except ValueError:
        raise UsageError(f"invalid ulimit value {values!r}", hint="numbers are expected; -1 is no limit") from None
    if min(soft, hard) < -1:
        raise UsageError(f"invalid ulimit value {values!r}", hint="-1 is no limit")
    if max(soft, hard) > MAX_LIMIT:
        raise UsageError(f"invalid ulimit value {values!r}: it is out of range", hint="-1 is no limit")
    if hard != -1 and (soft == -1 or soft > hard):
        raise UsageError(f"ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}")
    return Limit(name=name, soft=soft, hard=hard)


def parse_secret(text: str, environment: Mapping[str, str]) -> SecretSource:
    """``id=NAME[,type=file|env][,src=PATH][,env=VARIABLE]``.

    Where neither a file nor a variable is named, it is the variable of that name, if it is set, else the file.
    """
    from jettison.engine.credentials import SecretSource

    fields = parse_csv(text)
    for key in fields:
        if key not in _SECRET_KEYS:
            hint = did_you_mean(key, _SECRET_KEYS) or f"known are {', '.join(_SECRET_KEYS)}"
            raise UsageError(f"--secret: unexpected key {key!r} in {text!r}", hint=hint)
    kind = fields.get("type", "")
    if kind and kind not in _SECRET_TYPES:
        raise UsageError(f"unsupported secret type {kind!r}", hint="file or env")
    name, variable = fields.get("id", ""), fields.get("env", "")
    path = fields.get("src", fields.get("source", ""))
    if not name:
        raise UsageError("secret missing ID", hint="--secret id=NAME,src=FILE")
    if kind == "env" and not variable:
        variable, path = path, ""
    if not variable and not path:
        variable, path = (name, "") if name in environment else ("", name)
    if variable:
        return SecretSource(id=name, value=environment.get(variable, "").encode("utf-8", "surrogateescape"))
    return SecretSource(id=name, path=Path(path))


def parse_agent(text: str, environment: Mapping[str, str]) -> AgentSource:
    """``default|NAME[=SOCKET|KEY[,KEY]]``; without a path it is the agent of SSH_AUTH_SOCK."""
    from jettison.sources.ssh_agent import AgentSource

    name, _, paths = text.partition("=")
    paths = paths or environment.get("SSH_AUTH_SOCK", "")
    if not paths:
        raise UsageError(
            f"--ssh {text}: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set",
            hint="start an agent by eval $(ssh-agent), or name key files: --ssh default=FILE",
        )
    return AgentSource(id=name or "default", paths=tuple(Path(path) for path in paths.split(",")))


def parse_agents(texts: Iterable[str], environment: Mapping[str, str]) -> tuple[AgentSource, ...]:
    """All ``--ssh``; two of one name are an error, as in buildx."""
    agents = [parse_agent(text, environment) for text in texts if text]
    names = [agent.id for agent in agents]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"duplicate agent ID {name!r}", hint="give each --ssh a name of its own")
    return tuple(agents)
