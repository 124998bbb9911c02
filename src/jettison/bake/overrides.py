"""``--set target.key=value``: which targets it is about, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jettison.bake.entries import (
    EntryError,
    Options,
    Secret,
    last_by_id,
    last_by_type,
    parse_attest,
    parse_caches,
    parse_each,
    parse_output,
    parse_policy,
    parse_secret,
    parse_ssh,
    parse_truth,
    without_repeats,
)
from jettison.bake.glob import compile_pattern
from jettison.bake.model import Definition, Target
from jettison.bake.schema import read_resource
from jettison.errors import UsageError
from jettison.frozen import dataclass, replace
from jettison.hints import Any
from jettison.text.suggest import did_you_mean

_LISTS = {
    "annotations",
    "attest",
    "cache-from",
    "cache-to",
    "entitlements",
    "no-cache-filter",
    "output",
    "platform",
    "policy",
    "secrets",
    "ssh",
    "tags",
    "ulimits",
}
"""Keys that may be set several times."""
_TEXTS = {"context", "dockerfile", "target", "call", "network", "shm-size"}
_TRUTHS = {"no-cache", "pull", "push", "load"}
_NAMED = {"args", "contexts", "labels", "extra-hosts", "resources", "secret"}
"""Keys with a name behind them: ``args.NAME``."""
KEYS = (*_LISTS, *_TEXTS, *_TRUTHS, *_NAMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What ``--set`` gives for one key of one target."""

    key: str
    name: str = ""
    """What stands behind the key: ``args.NAME``."""
    values: tuple[str, ...] = ()
    """One, or several for lists."""
    append: bool = False

    @property
    def value(self) -> str:
        """The last one given."""
        return self.values[-1] if self.values else ""


def parse_overrides(
    texts: Sequence[str], definition: Definition, environment: Mapping[str, str]
) -> dict[str, tuple[Override, ...]]:
    """By target, what all the ``--set`` mean. Raises :class:`UsageError`."""
    found: dict[str, dict[tuple[str, str], Override]] = {}
    for text in texts:
        left, equals, value = text.partition("=")
        append = left.endswith("+")
        pattern, *rest = left.removesuffix("+").split(".", 2)
        if not rest:
            raise UsageError(f"invalid --set {text!r}", hint="write --set TARGET.KEY=VALUE")
        key, name = rest[0], ".".join(rest[1:])
        _check_key(text, key, name, append=append)
        if not equals:
            if key != "args":
                raise UsageError(f"invalid --set {text!r}: the value is missing", hint="write --set TARGET.KEY=VALUE")
            if name not in environment:
                continue
            value = environment[name]
        for target in _matching(pattern, definition):
            own = found.setdefault(target, {})
            before = own.get((key, name))
            values = (*before.values, value) if before is not None and key in _LISTS else (value,)
            own[key, name] = Override(key=key, name=name, values=values, append=append)
    return {target: tuple(own.values()) for target, own in found.items()}


def _check_key(text: str, key: str, name: str, *, append: bool) -> None:
    if key not in KEYS:
        hint = "platforms are set with platform" if key == "platforms" else did_you_mean(key, KEYS)
        raise UsageError(f"invalid --set {text!r}: unknown key {key!r}", hint=hint)
    if key in _NAMED and not name:
        raise UsageError(f"invalid --set {text!r}: {key} needs a name", hint=f"write --set TARGET.{key}.NAME=VALUE")
    if key not in _NAMED and name:
        raise UsageError(f"invalid --set {text!r}: {key} has no name behind it")
    if append and key not in _LISTS:
        raise UsageError(f"invalid --set {text!r}: only lists can be added to with +=")


def _matching(pattern: str, definition: Definition) -> list[str]:
    names = [target.name for target in definition.targets]
    if pattern in names:
        return [pattern]
    compiled = compile_pattern(pattern)
    matching = [name for name in names if compiled is not None and compiled.fullmatch(name)]
    if not matching:
        raise UsageError(f"--set: no target matches {pattern!r}", hint=did_you_mean(pattern, names))
    return matching


def apply_overrides(target: Target, overrides: Sequence[Override]) -> Target:
    """The target with what is set. Raises :class:`UsageError`."""
    late = [each for each in overrides if each.key == "secret"]
    for override in [*(each for each in overrides if each.key != "secret"), *late]:
        try:
            target = _apply(target, override)
        except EntryError as error:
            key = f"{override.key}.{override.name}" if override.name else override.key
            raise UsageError(f"--set {target.name}.{key}={override.value}: {error}", hint=error.hint) from None
    return target


def _apply(target: Target, override: Override) -> Target:
    key, name, value = override.key, override.name, override.value
    if key in _TEXTS:
        return _changed(target, key.replace("-", "_"), value)
    match key:
        case "args" | "labels" | "extra-hosts" | "contexts":
            field = key.replace("-", "_")
            return _changed(target, field, {**(getattr(target, field) or {}), name: value})
        case "resources":
            return replace(target, resources={**(target.resources or {}), name: read_resource(name, value)})
        case "secret":
            return replace(target, secret=_with_secret(target.secret or (), name, parse_secret(value)))
        case "no-cache":
            return replace(target, no_cache=parse_truth(value))
        case "pull":
            return replace(target, pull=parse_truth(value))
        case "push":
            return replace(target, output=_pushed(target.output, push=parse_truth(value)))
        case "load":
            return replace(target, output=_loaded(target.output) if parse_truth(value) else target.output)
    field, parse, tidy, always_added = _LIST_RULES[key]
    given = parse(override.values)
    if override.append or always_added:
        given = tidy((*(getattr(target, field) or ()), *given))
    return _changed(target, field, given)


def _changed(target: Target, field: str, value: Any) -> Target:
    changes: dict[str, Any] = {field: value}
    return replace(target, **changes)


_Rule = tuple[str, Callable[[Sequence[str]], tuple[Any, ...]], Callable[[tuple[Any, ...]], tuple[Any, ...]], bool]


def _caches(texts: Sequence[str]) -> tuple[Options, ...]:
    return tuple(entry for text in texts if text for entry in parse_caches(text))


def _as_they_are(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    return entries


_LIST_RULES: Mapping[str, _Rule] = {
    "annotations": ("annotations", tuple, _as_they_are, True),
    "attest": ("attest", lambda texts: parse_each(texts, parse_attest), last_by_type, True),
    "cache-from": ("cache_from", _caches, without_repeats, False),
    "cache-to": ("cache_to", _caches, without_repeats, False),
    "entitlements": ("entitlements", tuple, _as_they_are, True),
    "no-cache-filter": ("no_cache_filter", tuple, _as_they_are, False),
    "output": ("output", lambda texts: parse_each(texts, parse_output), without_repeats, False),
    "platform": ("platforms", tuple, _as_they_are, False),
    "policy": ("policy", lambda texts: parse_each(texts, parse_policy), _as_they_are, False),
    "secrets": ("secret", lambda texts: parse_each(texts, parse_secret), last_by_id, False),
    "ssh": ("ssh", lambda texts: parse_each(texts, parse_ssh), last_by_id, False),
    "tags": ("tags", tuple, _as_they_are, False),
    "ulimits": ("ulimits", tuple, _as_they_are, False),
}
"""Key -> field, how texts become entries, how entries are tidied, and whether they are added even without ``+=``."""


def _with_secret(secrets: tuple[Secret, ...], name: str, given: Secret) -> tuple[Secret, ...]:
    if all(secret.id != name for secret in secrets):
        raise EntryError(f"the target has no secret {name!r} that could be changed")
    if given.id not in ("", name):
        raise EntryError(f"the id {given.id!r} is not that of the secret {name!r}")
    return tuple(replace(given, id=name) if secret.id == name else secret for secret in secrets)


def _pushed(output: tuple[Options, ...] | None, *, push: bool) -> tuple[Options, ...]:
    """The outputs with pushing turned on for images, or off for everything."""
    entries = output or ()
    if not push:
        kept = [entry for entry in entries if entry.type != "registry"]
        return tuple(entry.with_field("push", "false") if entry.type == "image" else entry for entry in kept)
    pushed = tuple(entry.with_field("push", "true") if entry.type == "image" else entry for entry in entries)
    if all(entry.type == "docker" for entry in entries):
        pushed = (*pushed, Options({"type": "image", "push": "true"}))
    return pushed


def _loaded(output: tuple[Options, ...] | None) -> tuple[Options, ...]:
    """The outputs and one into the local store, unless files are all that is wanted."""
    entries = output or ()
    for entry in entries:
        if entry.type == "docker" and not entry.get("dest"):
            return entries
        if entry.type not in ("docker", "image", "registry", "oci"):
            return entries
    return (*entries, Options({"type": "docker"}))
