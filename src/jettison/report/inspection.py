"""The documents of ``inspect``, in docker's words."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.hints import Any
from jettison.model.config import ImageConfig
from jettison.model.config_json import run_config_document
from jettison.model.digest import Digest
from jettison.report.moments import rfc3339

_ZERO_TIME = "0001-01-01T00:00:00Z"
_CONFIG_DEFAULTS: dict[str, Any] = {
    "User": "",
    "Env": None,
    "Entrypoint": None,
    "Cmd": None,
    "Volumes": None,
    "WorkingDir": "",
    "OnBuild": None,
    "Labels": None,
}


def image_document(
    config: ImageConfig,
    *,
    image_id: Digest,
    tags: Sequence[str],
    repo_digests: Sequence[str],
    size_bytes: int | None,
    stored: float,
) -> dict[str, Any]:
    """An image; ``size_bytes`` is null where not all layers are here."""
    last = config.history[-1] if config.history else None
    return {
        "Id": image_id,
        "RepoTags": list(tags),
        "RepoDigests": list(repo_digests),
        "Comment": last.comment if last else "",
        "Created": config.created or _ZERO_TIME,
        "Author": config.author,
        "Config": _CONFIG_DEFAULTS | run_config_document(config.run),
        "Architecture": config.platform.architecture,
        "Variant": config.platform.variant,
        "Os": config.platform.os,
        "OsVersion": config.platform.os_version,
        "Size": size_bytes,
        "RootFS": {"Type": "layers", "Layers": list(config.diff_ids)},
        "Metadata": {"LastTagTime": rfc3339(stored)},
    }


def container_document(
    *,
    container_id: str,
    name: str,
    image_id: Digest,
    image_name: str,
    command: Sequence[str],
    created: float,
    state: str,
    pid: int | None,
    started: float | None,
    finished: float | None,
    exit_code: int | None,
    auto_remove: bool,
) -> dict[str, Any]:
    """A container. Times are seconds since 1970."""
    return {
        "Id": container_id,
        "Created": rfc3339(created),
        "Path": command[0] if command else "",
        "Args": list(command[1:]),
        "State": {
            "Status": state,
            "Running": state == "running",
            "Pid": pid or 0,
            "ExitCode": exit_code or 0,
            "StartedAt": _ZERO_TIME if started is None else rfc3339(started),
            "FinishedAt": _ZERO_TIME if finished is None else rfc3339(finished),
        },
        "Image": image_id,
        "Name": f"/{name}",
        "HostConfig": {"AutoRemove": auto_remove, "NetworkMode": "host"},
        "Config": {"Image": image_name, "Cmd": list(command)},
    }
