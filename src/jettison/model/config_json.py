"""The image config as JSON: reading what others wrote, writing it as BuildKit does (OCI image-spec, config.md)."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.frozen import replace
from jettison.hints import Any
from jettison.model.config import Healthcheck, HistoryEntry, ImageConfig, RunConfig
from jettison.model.digest import Digest
from jettison.model.document import Node, write_document
from jettison.model.platform import Platform

_KNOWN = {"architecture", "os", "variant", "os.version", "created", "author", "config", "rootfs", "history"}


def parse_image_config(data: bytes, what: str = "image config") -> ImageConfig:
    """Parse an image config; raise :class:`IntegrityError` that names the JSON path of what is wrong.

    A history that tells of another number of layers than there are is no reason to refuse an image, and is read as
    BuildKit reads it: the entries that are too many made no layer, and those that are missing say nothing.
    """
    node = Node.parse(data, what)
    rootfs = node.require("rootfs")
    run = node.get("config")
    history = node.get("history")
    diff_ids = tuple(item.convert(Digest.parse) for item in _items(rootfs, "diff_ids"))
    return ImageConfig(
        platform=Platform.normal(
            os=_text(node, "os") or "linux",
            architecture=_text(node, "architecture"),
            variant=_text(node, "variant"),
            os_version=_text(node, "os.version"),
        ),
        created=_text(node, "created") or None,
        author=_text(node, "author"),
        run=_parse_run_config(run) if run else RunConfig(),
        diff_ids=diff_ids,
        history=_of_layers([_parse_history_entry(item) for item in history.items()], len(diff_ids)) if history else (),
        extra=tuple((key, value) for key, value in node.object().items() if key not in _KNOWN),
    )


def _of_layers(history: Sequence[HistoryEntry], layers: int) -> tuple[HistoryEntry, ...]:
    """The history of an image of so many layers."""
    found: list[HistoryEntry] = []
    left = layers
    for entry in history:
        made_layer = not entry.empty_layer and left > 0
        left -= made_layer
        found.append(entry if made_layer or entry.empty_layer else replace(entry, empty_layer=True))
    return (*found, *[HistoryEntry()] * left) if found else ()


def write_image_config(config: ImageConfig) -> bytes:
    """The bytes of a config; equal configs give equal bytes."""
    platform = config.platform
    document: dict[str, Any] = {"architecture": platform.architecture}
    if platform.variant:
        document["variant"] = platform.variant
    if config.author:
        document["author"] = config.author
    document["config"] = _write_run_config(config.run)
    if config.created:
        document["created"] = config.created
    document["history"] = [_write_history_entry(entry) for entry in config.history]
    document["os"] = platform.os
    if platform.os_version:
        document["os.version"] = platform.os_version
    document["rootfs"] = {"type": "layers", "diff_ids": list(config.diff_ids)}
    document.update(config.extra)
    return write_document(document)


def run_config_document(run: RunConfig) -> dict[str, Any]:
    """The ``config`` object in docker's spelling, as ``inspect`` shows it."""
    return _write_run_config(run)


def _parse_run_config(node: Node) -> RunConfig:
    healthcheck = node.get("Healthcheck")
    entrypoint, cmd, shell = node.get("Entrypoint"), node.get("Cmd"), node.get("Shell")
    labels = node.get("Labels")
    args_escaped = node.get("ArgsEscaped")
    return RunConfig(
        user=_text(node, "User"),
        exposed_ports=_keys(node, "ExposedPorts"),
        env=tuple(_parse_variable(item) for item in _items(node, "Env")),
        entrypoint=entrypoint.texts() if entrypoint else None,
        cmd=cmd.texts() if cmd else None,
        volumes=_keys(node, "Volumes"),
        working_dir=_text(node, "WorkingDir"),
        labels=labels.text_map() if labels else (),
        stop_signal=_text(node, "StopSignal"),
        healthcheck=_parse_healthcheck(healthcheck) if healthcheck else None,
        on_build=tuple(item.text() for item in _items(node, "OnBuild")),
        shell=shell.texts() if shell else None,
        args_escaped=args_escaped.flag() if args_escaped else False,
    )


def _write_run_config(run: RunConfig) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if run.user:
        document["User"] = run.user
    if run.exposed_ports:
        document["ExposedPorts"] = {port: {} for port in run.exposed_ports}
    if run.env:
        document["Env"] = [f"{key}={value}" for key, value in run.env]
    if run.entrypoint is not None:
        document["Entrypoint"] = list(run.entrypoint)
    if run.cmd is not None:
        document["Cmd"] = list(run.cmd)
    if run.healthcheck is not None:
        document["Healthcheck"] = _write_healthcheck(run.healthcheck)
    if run.volumes:
        document["Volumes"] = {volume: {} for volume in run.volumes}
    if run.working_dir:
        document["WorkingDir"] = run.working_dir
    if run.on_build:
        document["OnBuild"] = list(run.on_build)
    if run.labels:
        document["Labels"] = dict(run.labels)
    if run.stop_signal:
        document["StopSignal"] = run.stop_signal
    if run.shell is not None:
        document["Shell"] = list(run.shell)
    if run.args_escaped:
        document["ArgsEscaped"] = True
    return document


def _parse_variable(node: Node) -> tuple[str, str]:
    key, _, value = node.text().partition("=")
    return key, value


def _parse_healthcheck(node: Node) -> Healthcheck:
    return Healthcheck(
        test=tuple(item.text() for item in _items(node, "Test")),
        interval_ns=_integer(node, "Interval"),
        timeout_ns=_integer(node, "Timeout"),
        start_period_ns=_integer(node, "StartPeriod"),
        start_interval_ns=_integer(node, "StartInterval"),
        retries=_integer(node, "Retries"),
    )


def _write_healthcheck(check: Healthcheck) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Test": list(check.test),
        "Interval": check.interval_ns,
        "Timeout": check.timeout_ns,
        "StartPeriod": check.start_period_ns,
        "StartInterval": check.start_interval_ns,
        "Retries": check.retries,
    }
    return {key: value for key, value in fields.items() if value}


def _parse_history_entry(node: Node) -> HistoryEntry:
    empty = node.get("empty_layer")
    return HistoryEntry(
        created=_text(node, "created") or None,
        created_by=_text(node, "created_by"),
        author=_text(node, "author"),
        comment=_text(node, "comment"),
        empty_layer=empty.flag() if empty else False,
    )


def _write_history_entry(entry: HistoryEntry) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "created": entry.created,
        "created_by": entry.created_by,
        "author": entry.author,
        "comment": entry.comment,
        "empty_layer": entry.empty_layer,
    }
    return {key: value for key, value in fields.items() if value}


def _text(node: Node, key: str) -> str:
    child = node.get(key)
    return child.text() if child else ""


def _integer(node: Node, key: str) -> int:
    child = node.get(key)
    return child.integer() if child else 0


def _items(node: Node, key: str) -> tuple[Node, ...]:
    child = node.get(key)
    return tuple(child.items()) if child else ()


def _keys(node: Node, key: str) -> tuple[str, ...]:
    child = node.get(key)
    return tuple(sorted(child.object())) if child else ()
