"""The configuration of an OCI runtime for one command: docker's defaults (runtime-spec, config.md, config-linux.md)."""

from __future__ import annotations

import os

from jettison.hints import Any
from jettison.sandbox import syscall_rules
from jettison.sandbox.defaults import MASKED_PATHS, READ_ONLY_PATHS
from jettison.sandbox.machine import held_capabilities, machine_devices
from jettison.sandbox.types import CommandSpec, Network

_QUIET = ["nosuid", "noexec", "nodev"]
_ERROR_NUMBER_UNKNOWN_CALL = 38
_UNSIGNED = 1 << 64
"""Limits are unsigned there: none is the largest number."""


def runtime_spec(command: CommandSpec, control_group: str) -> dict[str, Any]:
    """The config.json but for ``root`` and the mounts that were staged for the command, which are added last."""
    namespaces = ["pid", "ipc", "uts", "mount", "cgroup"]
    if command.network is Network.NONE:
        namespaces.append("network")
    return {
        "ociVersion": "1.0.2",
        "process": _process(command),
        "hostname": command.hostname,
        "mounts": _mounts(command),
        "linux": {
            "cgroupsPath": control_group,
            "namespaces": [{"type": name} for name in namespaces],
            **(_without_protection() if command.insecure else _protection(command)),
        },
    }


def _protection(command: CommandSpec) -> dict[str, Any]:
    return {
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        "maskedPaths": list(MASKED_PATHS),
        "readonlyPaths": list(READ_ONLY_PATHS),
        "seccomp": _seccomp(command.capabilities),
    }


def _without_protection() -> dict[str, Any]:
    return {
        "resources": {"devices": [{"allow": True, "access": "rwm"}]},
        "devices": [
            {"path": f"/dev/{name}", "type": kind, "major": major, "minor": minor}
            for name, kind, major, minor in machine_devices()
        ],
    }


def _process(command: CommandSpec) -> dict[str, Any]:
    capabilities = list(held_capabilities() if command.insecure else command.capabilities)
    effective = capabilities if command.uid == 0 or command.insecure else []
    kept = {"inheritable": capabilities, "ambient": capabilities} if command.insecure else {}
    rows, columns = command.terminal_size
    size = {"consoleSize": {"height": rows, "width": columns}} if command.terminal and rows and columns else {}
    return {
        **size,
        "terminal": command.terminal,
        "user": {
            "uid": command.uid,
            "gid": command.gid,
            "umask": 0o022,
            "additionalGids": list(command.groups),
        },
        "args": list(command.args),
        "env": [f"{name}={value}" for name, value in command.env],
        "cwd": f"/{command.working_dir}",
        "capabilities": {
            "bounding": capabilities,
            "effective": effective,
            "permitted": effective,
            **kept,
        },
        "rlimits": [
            {"type": f"RLIMIT_{name.upper()}", "soft": soft % _UNSIGNED, "hard": hard % _UNSIGNED}
            for name, soft, hard in command.limits
        ],
        "noNewPrivileges": False,
    }


def _mounts(command: CommandSpec) -> list[dict[str, Any]]:
    def mount(destination: str, kind: str, *options: str) -> dict[str, Any]:
        return {"destination": destination, "type": kind, "source": kind, "options": list(options)}

    access = "rw" if command.insecure else "ro"
    return [
        mount("/proc", "proc", *_QUIET),
        mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        mount("/dev/pts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        mount("/dev/shm", "tmpfs", *_QUIET, "mode=1777", f"size={command.shm_size_bytes}"),  # noqa: S108
        mount("/dev/mqueue", "mqueue", *_QUIET),
        mount("/sys", "sysfs", *_QUIET, access),
        mount("/sys/fs/cgroup", "cgroup", *_QUIET, "relatime", access),
    ]


def _seccomp(capabilities: tuple[str, ...]) -> dict[str, Any]:
    """The same rules as ``launcher.seccomp`` assembles, in the runtime's words."""
    refuse: dict[str, Any] = {"action": "SCMP_ACT_ERRNO"}
    rules = [{"names": syscall_rules.denied_names(capabilities), **refuse}]
    if "CAP_SYS_ADMIN" not in capabilities:
        rules.append({"names": ["clone3"], **refuse, "errnoRet": _ERROR_NUMBER_UNKNOWN_CALL})
        rules += [
            {"names": ["clone"], **refuse, "args": [_argument("SCMP_CMP_MASKED_EQ", flag, flag)]}
            for flag in _bits(syscall_rules.NAMESPACE_FLAGS)
        ]
    rules.append({"names": ["socket"], **refuse, "args": [_argument("SCMP_CMP_EQ", syscall_rules.AF_VSOCK)]})
    architectures = {
        "x86_64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "aarch64": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
    }
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": architectures.get(os.uname().machine, []),
        "syscalls": rules,
    }


def _argument(operation: str, value: int, second: int = 0) -> dict[str, Any]:
    return {"index": 0, "value": value, "valueTwo": second, "op": operation}


def _bits(mask: int) -> list[int]:
    return [1 << number for number in range(32) if mask >> number & 1]
