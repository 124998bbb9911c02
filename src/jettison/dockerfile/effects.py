"""What the metadata instructions make of an image's config, and how the history tells of them.

Every function takes expanded values and returns the new :class:`RunConfig` with the history's text, letter for letter
as BuildKit writes it (``frontend/dockerfile/dockerfile2llb/convert.go``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jettison.dockerfile.directories import WINDOWS, with_slashes, working_directory
from jettison.dockerfile.go_format import duration, quote, quoted_list
from jettison.errors import BuildError
from jettison.frozen import replace
from jettison.model.config import Healthcheck, RunConfig
from jettison.patterns import late_pattern
from jettison.text.suggest import did_you_mean

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")

Effect = tuple[RunConfig, str]
Pairs = Sequence[tuple[str, str]]

_MAX_PORT = 65535
_PORT = late_pattern(r"\+?[0-9]{1,18}")
_PROTOCOLS = ("tcp", "udp", "sctp")
_SIGNALS = frozenset((
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
    *(f"RTMIN+{number}" for number in range(1, 16)),
    *(f"RTMAX-{number}" for number in range(1, 15)),
))  # fmt: skip
_INTEGER = late_pattern(r"[+-]?[0-9]{1,18}")


def set_env(run: RunConfig, pairs: Pairs) -> Effect:
    """ENV: a variable keeps the place of its first definition."""
    env = run.environment() | dict(pairs)
    return replace(run, env=tuple(env.items())), "ENV " + " ".join(f"{key}={value}" for key, value in pairs)


def set_labels(run: RunConfig, pairs: Pairs) -> Effect:
    """LABEL."""
    labels = dict(run.labels) | dict(pairs)
    return replace(run, labels=tuple(sorted(labels.items()))), "LABEL " + " ".join(f"{k}={v}" for k, v in pairs)


def set_user(run: RunConfig, user: str) -> Effect:
    """USER."""
    return replace(run, user=user), f"USER {user}"


def set_working_dir(run: RunConfig, path: str, system: str = "linux") -> Effect:
    """WORKDIR: relative to the last one. The history tells it with slashes on every system."""
    working_dir = working_directory(run.working_dir, path, system)
    return replace(run, working_dir=working_dir), f"WORKDIR {with_slashes(working_dir, system)}"


def set_cmd(run: RunConfig, args: tuple[str, ...]) -> Effect:
    """CMD."""
    return replace(run, cmd=args, args_escaped=True), f"CMD {quoted_list(args)}"


def set_entrypoint(run: RunConfig, args: tuple[str, ...], *, keep_cmd: bool) -> Effect:
    """ENTRYPOINT: takes an inherited CMD away, but not one of the same stage (``keep_cmd``)."""
    return replace(run, entrypoint=args, cmd=run.cmd if keep_cmd else None), f"ENTRYPOINT {quoted_list(args)}"


def set_shell(run: RunConfig, shell: tuple[str, ...]) -> Effect:
    """SHELL."""
    return replace(run, shell=shell), f"SHELL [{' '.join(shell)}]"


def set_stop_signal(run: RunConfig, signal: str) -> Effect:
    """STOPSIGNAL: a number other than 0 or a name, with or without SIG."""
    number = int(signal) if _INTEGER.fullmatch(signal) else 0
    name = signal.upper().removeprefix("SIG")
    if not number and name not in _SIGNALS:
        hint = did_you_mean(name, _SIGNALS, "SIG") or "write a name such as SIGTERM, or its number"
        raise BuildError(f"invalid signal: {signal}", hint=hint)
    return replace(run, stop_signal=signal), f"STOPSIGNAL {signal}"


def add_volumes(run: RunConfig, volumes: Sequence[str]) -> Effect:
    """VOLUME."""
    if not all(volumes):
        raise BuildError("VOLUME specified can not be an empty string")
    return replace(run, volumes=tuple(sorted({*run.volumes, *volumes}))), f"VOLUME [{' '.join(volumes)}]"


def add_on_build(run: RunConfig, trigger: str) -> RunConfig:
    """ONBUILD: not in the history, as in BuildKit."""
    return replace(run, on_build=(*run.on_build, trigger))


def set_healthcheck(run: RunConfig, check: Healthcheck) -> Effect:
    """HEALTHCHECK."""
    text = (
        f"{{Test:[{' '.join(check.test)}] Interval:{duration(check.interval_ns)} Timeout:{duration(check.timeout_ns)}"
        f" StartPeriod:{duration(check.start_period_ns)} StartInterval:{duration(check.start_interval_ns)}"
        f" Retries:{check.retries}}}"
    )
    return replace(run, healthcheck=check), f"HEALTHCHECK {text}"


def expose(run: RunConfig, specs: Iterable[str]) -> Effect:
    """EXPOSE: ``[[ip:]host:]port[-port][/protocol]``, of which only ports and protocol count."""
    ports = [port for spec in specs for port in parse_ports(spec)]
    return replace(run, exposed_ports=tuple(sorted({*run.exposed_ports, *ports}))), f"EXPOSE [{' '.join(ports)}]"


def parse_ports(spec: str) -> list[str]:
    """The ``port/protocol`` texts that one word of EXPOSE means; raises :class:`BuildError`."""
    outside, _, container = spec.rpartition(":")
    ip, _, host = outside.rpartition(":")
    port, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in _PROTOCOLS:
        raise BuildError(f"invalid port: {quote(spec)}: invalid proto: {protocol}", hint="tcp, udp or sctp")
    if ip and not _is_address(ip):
        raise BuildError(
            f"invalid IP address: {ip}", hint="EXPOSE takes ports: an address in front of them has no effect"
        )
    first, last = _parse_port_range(port, spec)
    if host:
        host_first, host_last = _parse_port_range(host, spec)
        if host_last - host_first != last - first != 0:
            raise BuildError(f"invalid ranges specified for container and host Ports: {port} and {host}")
    return [f"{number}/{protocol}" for number in range(first, last + 1)]


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]") if text.startswith("[") else text)
    except ValueError:
        return False
    return True


def with_shell(run: RunConfig, command: str, system: str = "linux") -> tuple[str, ...]:
    """The arguments of a shell form: the image's SHELL, else that of the system, and the command."""
    default = WINDOWS_SHELL if system == WINDOWS else DEFAULT_SHELL
    return (*(run.shell or default), command)


def default_environment(system: str) -> tuple[tuple[str, str], ...]:
    """What every image has in its environment; Windows has a PATH of its own."""
    return () if system == WINDOWS else (("PATH", DEFAULT_PATH),)


def _parse_port_range(text: str, spec: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if last in ("", first):
        last = first
    if not all(_PORT.fullmatch(number) and int(number) <= _MAX_PORT for number in (first, last)) or text.endswith("-"):
        raise BuildError(f"invalid containerPort: {text or spec}", hint="a number from 0 to 65535, or two with a dash")
    if int(last) < int(first):
        raise BuildError(f"invalid containerPort: {text}: invalid port range", hint=f"{last}-{first}?")
    return int(first), int(last)
