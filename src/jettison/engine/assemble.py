"""The config of a finished image: its layers, and a history with the time at which each layer came to be."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from jettison.dockerfile.scope import EPOCH_ARG, parse_epoch
from jettison.engine.inputs import Snapshot
from jettison.engine.request import BuildRequest
from jettison.engine.workshop import Solved
from jettison.frozen import replace
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.definition import Definition
from jettison.model.digest import Digest
from jettison.solve.keys import key_of
from jettison.store.cache import CacheRecord
from jettison.store.store import Store


def assemble(
    definition: Definition, solved: Mapping[int, Solved], store: Store, clock: Callable[[], float]
) -> ImageConfig:
    """The config of what ``definition`` describes. Its epoch is the time of everything that this build made."""
    fixed = None if definition.epoch is None else timestamp(float(definition.epoch))
    last = fixed or definition.base.created
    history = list(_normal_history(definition.base))
    for step in definition.steps:
        if step.vertex is not None:
            last = fixed or timestamp(solved[step.vertex].created)
        history.append(replace(step.history, created=last))
    config = replace(definition.image, diff_ids=layers_of(definition, solved), history=tuple(history), created=last)
    return config if last is not None else _dated(config, store, clock)


def layers_of(definition: Definition, solved: Mapping[int, Solved]) -> tuple[Digest, ...]:
    """The layers of the result, lowest first."""
    if definition.result is None:
        return ()
    result = solved[definition.result].result
    assert isinstance(result, Snapshot)
    return result.layers


def image_vertices(definition: Definition) -> frozenset[int]:
    """The vertices whose layers the image keeps."""
    return frozenset(step.vertex for step in definition.steps if step.vertex is not None)


def source_date_epoch(request: BuildRequest) -> int | None:
    """The time that a request gives: as a build argument, else as the environment has it."""
    text = dict(request.build_args).get(EPOCH_ARG)
    return request.source_date_epoch if text is None else parse_epoch(text)


def timestamp(seconds: float) -> str:
    """A time as image configs write it: RFC 3339 in UTC."""
    whole, fraction = divmod(round(seconds * 1e6), 1_000_000)
    year, month, day, hour, minute, second, *_ = time.gmtime(whole)
    part = f".{fraction:06}" if fraction else ""
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{part}Z"


def _dated(config: ImageConfig, store: Store, clock: Callable[[], float]) -> ImageConfig:
    """An image without any layer has no time of its own: the time at which it was built first."""
    key = key_of({"kind": "image"}, [Digest.of(write_image_config(config))])
    record = store.cache.get(key)
    if record is None:
        record = CacheRecord(key=key, kind="image", created_at=clock())
        store.cache.put(record)
    created = timestamp(record.created_at)
    history = tuple(replace(entry, created=created) for entry in config.history)
    return replace(config, created=created, history=history)


def _normal_history(base: ImageConfig) -> tuple[HistoryEntry, ...]:
    """The base's history; layers that it does not tell of are put in, as BuildKit does."""
    told = sum(not entry.empty_layer for entry in base.history)
    missing = len(base.diff_ids) - told
    return base.history + (HistoryEntry(created=base.created, comment="from the base image"),) * max(missing, 0)
