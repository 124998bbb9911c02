"""What the metadata instructions make of an image's config, and how the history tells of them.

Every function takes expanded values, writes them into the :class:`RunDraft`, and returns the history's text, letter for
letter as BuildKit writes it (``frontend/dockerfile/dockerfile2llb/convert.go``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jettison.dockerfile.directories import WINDOWS, with_slashes, working_directory
from jettison.dockerfile.go_format import duration, quote, quoted_list
from jettison.dockerfile.run_draft import RunDraft
from jettison.errors import BuildError
from jettison.model.config import Healthcheck
from jettison.patterns import late_pattern
from jettison.text.suggest import did_you_mean

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")

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


def set_env(run: RunDraft, pairs: Pairs) -> str:
    """ENV: a variable keeps the place of its first definition."""
    run.env.update(pairs)
    return "ENV " + " ".join(f"{key}={value}" for key, value in pairs)


def set_labels(run: RunDraft, pairs: Pairs) -> str:
    """LABEL."""
    run.labels.update(pairs)
    return "LABEL " + " ".join(f"{key}={value}" for key, value in pairs)


def set_user(run: RunDraft, user: str) -> str:
    """USER."""
    run.user = user
    return f"USER {user}"


def set_working_dir(run: RunDraft, path: str, system: str = "linux") -> str:
    """WORKDIR: relative to the last one. The history tells it with slashes on every system."""
    run.working_dir = working_directory(run.working_dir, path, system)
    return f"WORKDIR {with_slashes(run.working_dir, system)}"


def set_cmd(run: RunDraft, args: tuple[str, ...]) -> str:
    """CMD."""
    run.cmd, run.args_escaped = args, True
    return f"CMD {quoted_list(args)}"


def set_entrypoint(run: RunDraft, args: tuple[str, ...], *, keep_cmd: bool) -> str:
    """ENTRYPOINT: takes an inherited CMD away, but not one of the same stage (``keep_cmd``)."""
    run.entrypoint = args
    if not keep_cmd:
        run.cmd = None
    return f"ENTRYPOINT {quoted_list(args)}"


def set_shell(run: RunDraft, shell: tuple[str, ...]) -> str:
    """SHELL."""
    run.shell = shell
    return f"SHELL [{' '.join(shell)}]"


def set_stop_signal(run: RunDraft, signal: str) -> str:
    """STOPSIGNAL: a number other than 0 or a name, with or without SIG."""
    number = int(signal) if _INTEGER.fullmatch(signal) else 0
    name = signal.upper().removeprefix("SIG")
    if not number and name not in _SIGNALS:
        hint = did_you_mean(name, _SIGNALS, "SIG") or "write a name such as SIGTERM, or its number"
        raise BuildError(f"invalid signal: {signal}", hint=hint)
    run.stop_signal = signal
    return f"STOPSIGNAL {signal}"


def add_volumes(run: RunDraft, volumes: Sequence[str]) -> str:
    """VOLUME."""
    if not all(volumes):
        raise BuildError("VOLUME specified can not be an empty string")
    run.volumes.update(dict.fromkeys(volumes, ""))
    return f"VOLUME [{' '.join(volumes)}]"


def add_on_build(run: RunDraft, trigger: str) -> None:
    """ONBUILD: not in the history, as in BuildKit."""
    run.on_build.append(trigger)


def set_healthcheck(run: RunDraft, check: Healthcheck) -> str:
    """HEALTHCHECK."""
    text = (
        f"{{Test:[{' '.join(check.test)}] Interval:{duration(check.interval_ns)} Timeout:{duration(check.timeout_ns)}"
        f" StartPeriod:{duration(check.start_period_ns)} StartInterval:{duration(check.start_interval_ns)}"
        f" Retries:{check.retries}}}"
    )
    run.healthcheck = check
    return f"HEALTHCHECK {text}"


def expose(run: RunDraft, specs: Iterable[str]) -> str:
    """EXPOSE: ``[[ip:]host:]port[-port][/protocol]``, of which only ports and protocol count."""
    ports = [port for spec in specs for port in parse_ports(spec)]
    run.exposed_ports.update(dict.fromkeys(ports, ""))
    return f"EXPOSE [{' '.join(ports)}]"


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


def with_shell(run: RunDraft, command: str, system: str = "linux") -> tuple[str, ...]:
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
