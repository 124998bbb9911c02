"""From the names on the command line to the targets to build: groups, inheritance, overrides, linked targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jettison.bake.entries import Options
from jettison.bake.glob import compile_pattern, is_pattern
from jettison.bake.model import Definition, Group, Target
from jettison.bake.overrides import Override, apply_overrides, parse_overrides
from jettison.bake.schema import merge, tidied
from jettison.errors import NotFoundError, UsageError
from jettison.frozen import dataclass, replace
from jettison.hcl.functions.texts import clean_path
from jettison.text.suggest import did_you_mean

DEFAULT = "default"
LINK = "target:"
HERE = "cwd://"
_REMOTE = ("http://", "https://", "git://", "ssh://", "git@", "github.com/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What is to be built."""

    targets: Mapping[str, Target]
    """By name: those asked for, and those that they have as contexts."""
    groups: Mapping[str, Group]
    """Those asked for; what was named on the command line is the group ``default``."""


def resolve(
    definition: Definition, names: Sequence[str], sets: Sequence[str], environment: Mapping[str, str]
) -> Resolved:
    """The targets that ``names`` mean, complete. Raises :class:`UsageError`, :class:`NotFoundError`."""
    try:
        return _Resolver(definition, parse_overrides(sets, definition, environment)).resolve(names)
    except RecursionError:
        hint = "a chain of a few hundred works"
        raise UsageError("too many targets inherit from each other, or are each other's contexts", hint=hint) from None


def with_argument(resolved: Resolved, name: str, value: str) -> Resolved:
    """The targets with a build argument, in those that do not set it themselves."""
    targets = {
        key: target if name in (target.args or {}) else replace(target, args={**(target.args or {}), name: value})
        for key, target in resolved.targets.items()
    }
    return replace(resolved, targets=targets)


class _Resolver:
    def __init__(self, definition: Definition, overrides: Mapping[str, Sequence[Override]]) -> None:
        self._definition = definition
        self._targets = {target.name: target for target in definition.targets}
        self._groups = {group.name: group for group in reversed(definition.groups)}
        self._overrides = overrides
        self._whole: dict[str, Target | None] = {}
        """The targets with all that they inherit, as far as they were needed."""
        self._is_cut = False
        """Whether one inherits from itself."""
        self._linked: set[str] = set()
        """The targets whose contexts are brought in."""

    def resolve(self, names: Sequence[str]) -> Resolved:
        names = list(dict.fromkeys(found for name in names for found in self._matching(name.replace(".", "_"))))
        targets: dict[str, Target] = {}
        groups: dict[str, Group] = {}
        for name in names:
            for member in self._expand(name, groups):
                if member not in targets:
                    targets[member] = self._complete(member)
        for name in names:
            if name == DEFAULT and DEFAULT in groups:
                continue
            default = groups.get(DEFAULT) or Group(name=DEFAULT, targets=())
            groups[DEFAULT] = replace(default, targets=(*default.targets, name))
        if DEFAULT in groups:
            groups[DEFAULT] = replace(groups[DEFAULT], targets=tuple(sorted(set(groups[DEFAULT].targets))))
        for name in sorted(targets):
            self._link(name, targets, {})
        placed = {name: replace(target, context=_place(target.context or ".")) for name, target in targets.items()}
        return Resolved(targets=placed, groups=groups)

    def _matching(self, pattern: str) -> list[str]:
        if not is_pattern(pattern):
            return [pattern]
        compiled = compile_pattern(pattern)
        names = self._definition.names
        matching = [name for name in names if compiled is not None and compiled.fullmatch(name)]
        if not matching:
            raise NotFoundError(f"no target matches {pattern!r}", hint=f"there is {', '.join(sorted(names))}")
        return matching

    def _expand(self, name: str, groups: dict[str, Group]) -> Iterator[str]:
        """The targets of a group that are not in one of the ``groups`` passed before, which its own are added to.

        A target is its own. A group in it that is empty, or stands in itself by a detour, is taken for a target.
        """
        top, busy = name, set[str]()
        pending = [(name, True)]
        while pending:
            name, entering = pending.pop()
            group = self._groups.get(name)
            if not entering:
                busy.discard(name)
            elif group is None or name in busy:
                yield name
            elif name not in groups:
                groups[name] = group
                busy.add(name)
                pending.append((name, False))
                pending += ((member, True) for member in reversed(group.targets))
                if not group.targets and name != top:
                    yield name

    def _complete(self, name: str) -> Target:
        """The target with all that it inherits, and the defaults."""
        seen: dict[str, Target | None] = {}
        found = self._inherited(name, seen)
        assert found is not None
        if not self._is_cut:  # else what was passed would be another target where it is begun with
            self._whole |= seen
        self._is_cut = False
        return replace(found, inherits=None, context=found.context or ".", dockerfile=found.dockerfile or "Dockerfile")

    def _inherited(self, name: str, seen: dict[str, Target | None]) -> Target | None:
        """None: the target is being worked out already, and inherits from itself by a detour."""
        if name in self._whole:
            return self._whole[name]
        if name in seen:
            self._is_cut |= seen[name] is None
            return seen[name]
        seen[name] = None
        own = self._targets.get(name)
        if own is None:
            raise self._unknown(name)
        whole = Target(name=name)
        for parent in own.inherits or ():
            inherited = self._inherited(parent, seen)
            if inherited is not None:
                whole = merge(whole, replace(inherited, inherits=None))
        whole = merge(whole, own)
        seen[name] = tidied(apply_overrides(whole, self._overrides.get(name, ())))
        return seen[name]

    def _link(self, name: str, targets: dict[str, Target], path: dict[str, None]) -> None:
        """Bring in the targets that a target has as contexts; ``path`` are those that lead here."""
        path[name] = None
        for place in (targets[name].contexts or {}).values():
            if not place.startswith(LINK):
                continue
            other = place.removeprefix(LINK)
            if other == name:
                raise UsageError(f"target {name!r} has itself as a context")
            if other in path:
                raise UsageError(f"targets have each other as contexts: {' -> '.join((*path, other))}")
            if other not in targets:
                linked = self._complete(other)
                targets[other] = replace(linked, output=(Options({"type": "cacheonly"}),), linked=True)
            if other not in self._linked:
                self._link(other, targets, path)
            targets[name] = _with_needs_of(targets[name], targets[other])
        del path[name]
        self._linked.add(name)

    def _unknown(self, name: str) -> NotFoundError:
        names = self._definition.names
        if name == DEFAULT:
            shown = ", ".join(sorted(each for each in names if not each.startswith("_"))[:20])
            return NotFoundError(
                "there is no target or group 'default'", hint=f"name what to build: {shown}" if names else None
            )
        return NotFoundError(
            f"there is no target {name!r}", hint=did_you_mean(name, names) or "--list targets shows all"
        )


def is_remote(place: str) -> bool:
    """Whether a context comes from the network."""
    return place.startswith(_REMOTE) or "://" in place.removeprefix(HERE)


def _place(context: str) -> str:
    """The context by its shortest path; ``cwd://`` says what is so anyway."""
    return context if is_remote(context) else clean_path(context.removeprefix(HERE))


def _with_needs_of(target: Target, linked: Target) -> Target:
    """The entitlements of a linked target are needed by whoever links to it; the platforms must be there."""
    own, other = target.platforms or (), linked.platforms or ()
    if len(own) > 1 and len(other) > 1 and not set(own) <= set(other):
        raise UsageError(
            f"target {linked.name!r} can't be used by {target.name!r}: it is built for {', '.join(other)}, "
            f"not for all of {', '.join(own)}"
        )
    missing = tuple(each for each in linked.entitlements or () if each not in (target.entitlements or ()))
    return replace(target, entitlements=(*(target.entitlements or ()), *missing)) if missing else target
