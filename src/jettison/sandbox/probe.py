"""The rungs, in the order of ``--isolation auto``, and the choice among them (docs/adr/0002-sandbox-rungs.md)."""

from __future__ import annotations

from collections.abc import Callable

from jettison.errors import SandboxError, UsageError
from jettison.frozen import dataclass
from jettison.sandbox.early import LauncherProcess
from jettison.sandbox.interface import Sandbox
from jettison.sandbox.namespaces import NamespacesSandbox
from jettison.sandbox.rights import find_lack
from jettison.sandbox.trial import reason_of, try_sandbox
from jettison.sandbox.types import RungReport

AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way of running commands, and the ways of going about it, the best first."""

    name: str
    candidates: tuple[Callable[[LauncherProcess | None], Sandbox], ...]
    """Each may be given a launcher that is there already."""


def _crun(launcher: LauncherProcess | None) -> Sandbox:
    from jettison.sandbox.oci import OciSandbox

    return OciSandbox("crun", launcher)


def _runc(launcher: LauncherProcess | None) -> Sandbox:
    from jettison.sandbox.oci import OciSandbox

    return OciSandbox("runc", launcher)


RUNGS = (
    Rung(name="namespaces", candidates=(NamespacesSandbox,)),
    Rung(name="oci", candidates=(_crun, _runc)),  # crun starts a command in a third of the time
)
"""A further rung is a further line here."""

ISOLATIONS = (AUTO, *(rung.name for rung in RUNGS))
"""What ``--isolation`` may be."""


def choose(isolation: str = AUTO, launcher: LauncherProcess | None = None) -> Sandbox:
    """The first rung that works, or the one named, tried; the caller closes it, which dismisses ``launcher``.

    Raises :class:`SandboxError` with what this process lacks, or else with every reason, where none does,
    :class:`UsageError` for a name that is no rung.
    """
    if isolation not in ISOLATIONS:
        raise UsageError(f"unknown isolation {isolation!r}", hint=f"known are {', '.join(ISOLATIONS)}")
    reasons = []
    for rung in RUNGS:
        if isolation in (AUTO, rung.name):
            sandbox, report = _open(rung, launcher)
            if sandbox is not None:
                return sandbox
            reasons.append(
                report.reason if report.reason.startswith(report.name) else f"{report.name}: {report.reason}"
            )
    what = "no way of running a command works here" if isolation == AUTO else f"--isolation {isolation} does not work"
    lack = find_lack()
    if lack is not None:
        raise SandboxError(f"{what}: {lack.what}", hint=lack.hint)
    raise SandboxError(what, hint="; ".join(reasons))


def probe() -> tuple[RungReport, ...]:
    """Try every rung for real."""
    reports = []
    for rung in RUNGS:
        sandbox, report = _open(rung)
        if sandbox is not None:
            sandbox.close()
        reports.append(report)
    return tuple(reports)


def _open(rung: Rung, launcher: LauncherProcess | None = None) -> tuple[Sandbox | None, RungReport]:
    """The best candidate of a rung that works, and what was found."""
    reasons = []
    for candidate in rung.candidates:
        try:
            sandbox = candidate(launcher)
        except SandboxError as error:
            reasons.append(error.message)
            continue
        try:
            try_sandbox(sandbox)
        except SandboxError as error:
            sandbox.close()
            reasons.append(f"{sandbox.description}: {reason_of(error)}")
            continue
        except BaseException:
            sandbox.close()
            raise
        return sandbox, RungReport(name=rung.name, works=True, reason=sandbox.description)
    return None, RungReport(name=rung.name, works=False, reason="; ".join(reasons))
