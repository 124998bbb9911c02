"""From the bodies of bake files to the targets and groups that they declare, all variables and matrices carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jettison.bake.entries import EntryError
from jettison.bake.model import Declared, Definition, Group, Target
from jettison.bake.schema import ATTRIBUTES, BY_NAME, NAMES, merge
from jettison.bake.scope import GlobalScope, Outside
from jettison.bake.variables import shown_value
from jettison.hcl.convert import ConversionError, convert
from jettison.hcl.evaluate import Names, Scope, evaluate
from jettison.hcl.syntax import Attribute, Block, Body
from jettison.hcl.types import BOOL, STRING, ListType, friendly_name
from jettison.hcl.values import Value, object_of, string, strings
from jettison.hints import Any
from jettison.patterns import late_pattern
from jettison.text.diagnostics import Problem, SourceError, error_at
from jettison.text.span import Span
from jettison.text.suggest import did_you_mean

BLOCKS = {"group": 1, "target": 1, "variable": 1, "function": 1}
"""The blocks of a bake file, and how many labels each has."""
NESTED_BLOCKS = {"validation": 0}

_NAME = late_pattern(r"[a-zA-Z0-9_-]+")
_GROUP_ATTRIBUTES = ("description", "targets")
_MAX_TARGETS = 10_000


def evaluate_bodies(bodies: Sequence[Body], outside: Outside, before: Definition) -> Definition:
    """What the files declare, on top of what is declared ``before`` them. Raises :class:`SourceError`."""
    return _Evaluation(bodies, outside).definition(before)


class _Instance:
    """One target of a target block; with a matrix there are several."""

    def __init__(self, name: str, block: Block, scope: Scope) -> None:
        self.name = name
        self.block = block
        self._scope = scope
        self._read: dict[str, Any] = {}
        self._busy: set[str] = set()

    def read(self, name: str, span: Span | None = None) -> Any:
        """The attribute's value as :class:`Target` has it; worked out once."""
        if name not in self._read:
            if name in self._busy:
                raise error_at(span or self.block.span, f"target.{self.name}.{name} needs itself")
            self._busy.add(name)
            self._read[name] = self._value(name)
            self._busy.discard(name)
        return self._read[name]

    def target(self) -> Target:
        """The target with all its attributes."""
        return Target(name=self.name, **{each.field: self.read(each.name) for each in ATTRIBUTES})

    def as_object(self, path: Sequence[str], span: Span) -> dict[str, Value]:
        """What expressions see of it: the attribute that ``path`` begins with, else all."""
        if path and path[0] == "name":
            return {"name": string(self.name)}
        wanted = [path[0]] if path and path[0] in BY_NAME else list(BY_NAME)
        entries = {"name": string(self.name)}
        for name in wanted:
            entries[name] = BY_NAME[name].value_of(self.read(name, span))
        return entries

    def _value(self, name: str) -> Any:
        attribute = self.block.body.attribute(name)
        if attribute is None:
            return None
        value = evaluate(attribute.value, self._scope)
        if value.is_null:
            return None
        try:
            return BY_NAME[name].read(value)
        except ConversionError as error:
            raise error_at(attribute.value.span, f"{name}: {error}") from None
        except EntryError as error:
            raise error_at(attribute.value.span, f"{name}: {error}", hint=error.hint) from None


class _Evaluation:
    def __init__(self, bodies: Sequence[Body], outside: Outside) -> None:
        self._outside = outside
        self._warnings: list[str] = []
        self._blocks = self._known(block for body in bodies for block in body.blocks)
        reserved = {"group", "target", *outside.builtin}
        self._variables = self._by_label("variable", reserved)
        self._groups = self._by_label("group", set())
        self._scope = GlobalScope(
            outside,
            self._variables,
            {
                each.name.text: each
                for body in bodies
                for each in body.attributes
                if each.name.text not in reserved and each.name.text != "function"
            },
            self._by_label("function", reserved),
            {"target": self._target_value, "group": self._group_value},
        )
        self._attributes = [each for body in bodies for each in body.attributes]
        self._instances: dict[str, list[_Instance]] = {}

    def definition(self, before: Definition) -> Definition:
        """Everything that is declared."""
        variables = [self._declared(name, block) for name, block in self._variables.items()]
        self._validate()
        for name, block in self._functions().items():
            self._scope.function(name, block.labels[0].span)
        groups = {group.name: group for group in before.groups}
        instances: list[_Instance] = []
        renamed: dict[str, list[str]] = {}
        for block in self._blocks_of("target"):
            made = self._expand(block)
            instances += made
            renamed.setdefault(block.labels[0].text, []).extend(each.name for each in made)
            for each in made:
                self._instances.setdefault(each.name, []).append(each)
        targets = {target.name: target for target in before.targets}
        for block in self._blocks_of("group"):
            group = self._group(block)
            groups[group.name] = group
        for instance in instances:
            target = instance.target()
            found = targets.get(target.name)
            targets[target.name] = target if found is None else merge(found, target)
        for attribute in self._attributes:
            if attribute.name.text not in ("group", "target", "function", *self._outside.builtin):
                self._scope.variable(attribute.name.text, (), attribute.name.span)
        for name, names in renamed.items():
            names = list(dict.fromkeys(names))
            if names and names != [name] and name not in groups:
                groups[name] = Group(name=name, targets=tuple(names))
        return Definition(
            targets=tuple(targets.values()),
            groups=tuple(groups.values()),
            variables=tuple(sorted(variables, key=lambda each: each.name)),
            warnings=(*before.warnings, *self._warnings),
        )

    def _known(self, blocks: Iterable[Block]) -> list[Block]:
        """The blocks that mean something; of others is told, as of attributes."""
        known = []
        for block in blocks:
            kind = block.type.text
            if kind not in BLOCKS:
                hint = did_you_mean(kind, BLOCKS) or f"there is {', '.join(BLOCKS)}"
                self._warnings.append(f"{block.type.span.location}: a block {kind!r} means nothing; {hint}")
                continue
            if len(block.labels) != BLOCKS[kind]:
                raise error_at(block.span, f'a {kind} has one name: {kind} "NAME" {{ }}')
            known.append(block)
        return known

    def _blocks_of(self, type_: str) -> list[Block]:
        return [block for block in self._blocks if block.type.text == type_]

    def _by_label(self, type_: str, reserved: set[str]) -> dict[str, Block]:
        """The last block of each name counts."""
        return {block.labels[0].text: block for block in self._blocks_of(type_) if block.labels[0].text not in reserved}

    def _functions(self) -> dict[str, Block]:
        return self._by_label("function", {"group", "target", *self._outside.builtin})

    def _declared(self, name: str, block: Block) -> Declared:
        value = self._scope.variable(name, (), block.labels[0].span)
        type_ = self._scope.type_of(name)
        description = block.body.attribute("description")
        return Declared(
            name=name,
            value=shown_value(value, type_),
            type="" if type_ is None else friendly_name(type_, constraint=True),
            description="" if description is None else self._text(description),
        )

    def _text(self, attribute: Attribute) -> str:
        value = evaluate(attribute.value, self._scope)
        if value.is_null:
            return ""
        try:
            return convert(value, STRING).text
        except ConversionError as error:
            raise error_at(attribute.value.span, f"{attribute.name.text}: {error}") from None

    def _validate(self) -> None:
        """Check what ``validation`` blocks demand of variables."""
        problems = []
        for block in self._variables.values():
            for rule in block.body.blocks_of("validation"):
                condition = rule.body.attribute("condition")
                message = rule.body.attribute("error_message")
                if condition is None or message is None:
                    raise error_at(rule.span, "a validation has a condition and an error_message")
                value = evaluate(condition.value, self._scope)
                try:
                    holds = convert(value, BOOL)
                except ConversionError as error:
                    raise error_at(condition.value.span, f"the condition: {error}") from None
                if holds.is_null:
                    raise error_at(condition.value.span, "the condition must be true or false, not null")
                if not holds.truth:
                    problems.append(Problem(span=condition.value.span, message=self._text(message)))
        if problems:
            raise SourceError(problems)

    def _expand(self, block: Block) -> list[_Instance]:
        """The targets of a block: one, or one for every combination of its matrix."""
        label = block.labels[0]
        _check_name(label.text, label.span)
        self._warn_of_unknown(block, NAMES)
        name = block.body.attribute("name")
        matrix = block.body.attribute("matrix")
        if matrix is None:
            if name is not None:
                raise error_at(name.span, "name needs a matrix", hint="without one, the target is called by its label")
            return [_Instance(label.text, block, self._scope)]
        instances: dict[str, _Instance] = {}
        for values in self._combinations(matrix):
            scope = Names(values, self._scope)
            own = label.text
            if name is not None:
                value = evaluate(name.value, scope)
                try:
                    own = convert(value, STRING).text
                except (ConversionError, AssertionError):
                    raise error_at(name.value.span, "a name is a text") from None
                _check_name(own, name.value.span)
            if own in instances:
                hint = None if name is not None else 'give each its name: name = "…${…}…"'
                raise error_at((name or matrix).span, f"two targets of the matrix are called {own!r}", hint=hint)
            instances[own] = _Instance(own, block, scope)
        return list(instances.values())

    def _combinations(self, matrix: Attribute) -> list[Mapping[str, Value]]:
        value = evaluate(matrix.value, self._scope)
        if value.is_null or not value.is_mapping:
            raise error_at(
                matrix.value.span, "a matrix is a map of lists", hint='matrix = { os = ["alpine", "debian"] }'
            )
        rows: list[Mapping[str, Value]] = [{}]
        for key, axis in value.entries.items():
            if axis.is_null or not (axis.is_sequence or axis.is_mapping):
                raise error_at(matrix.value.span, f"the values of {key!r} in the matrix must be a list")
            rows = [{**row, key: each} for _, each in axis.pairs() for row in rows]
            if len(rows) > _MAX_TARGETS:
                raise error_at(matrix.value.span, f"this matrix has more than {_MAX_TARGETS} combinations")
        return rows

    def _group(self, block: Block) -> Group:
        label = block.labels[0]
        _check_name(label.text, label.span)
        for name in ("name", "matrix"):
            if (found := block.body.attribute(name)) is not None:
                raise error_at(found.span, f"{name} is not supported for groups")
        self._warn_of_unknown(block, _GROUP_ATTRIBUTES)
        targets = block.body.attribute("targets")
        if targets is None:
            raise error_at(block.span, "this group has no 'targets'")
        description = block.body.attribute("description")
        return Group(
            name=label.text,
            targets=self._texts(targets),
            description=None if description is None else self._text(description),
        )

    def _texts(self, attribute: Attribute) -> tuple[str, ...]:
        value = evaluate(attribute.value, self._scope)
        try:
            items = convert(value, ListType(STRING))
        except ConversionError as error:
            raise error_at(attribute.value.span, f"{attribute.name.text}: {error}") from None
        if items.is_null or any(item.is_null for item in items.items):
            raise error_at(attribute.value.span, f"{attribute.name.text} must not be null")
        return tuple(dict.fromkeys(item.text for item in items.items))

    def _target_value(self, type_: str, path: Sequence[str], span: Span) -> Value:
        """``target.NAME…``: of several blocks of that name, the last one that has the attribute counts."""
        name = _block_name(type_, path, span)
        found = self._instances.get(name)
        if not found:
            raise error_at(span, f"there is no target {name!r}", hint=did_you_mean(name, self._instances))
        having = [each for each in found if len(path) > 1 and each.block.body.attribute(path[1]) is not None]
        return object_of({name: object_of((having or found)[-1].as_object(path[1:], span))})

    def _group_value(self, type_: str, path: Sequence[str], span: Span) -> Value:
        name = _block_name(type_, path, span)
        if name not in self._groups:
            raise error_at(span, f"there is no group {name!r}", hint=did_you_mean(name, self._groups))
        group = self._group(self._groups[name])
        shown = {
            "name": string(name),
            "description": string(group.description or ""),
            "targets": strings(group.targets),
        }
        return object_of({name: object_of(shown)})

    def _warn_of_unknown(self, block: Block, known: Sequence[str]) -> None:
        """Tell of attributes that mean nothing; buildx passes over them in silence."""
        for attribute in block.body.attributes:
            name = attribute.name.text
            if name not in known:
                hint = did_you_mean(name, known)
                self._warnings.append(
                    f"{attribute.name.span.location}: {block.type.text} {block.labels[0].text!r} has {name!r}, "
                    f"which means nothing{f'; {hint}' if hint else ''}"
                )


def _check_name(name: str, span: Span) -> None:
    if _NAME.fullmatch(name) is None:
        raise error_at(
            span, f"invalid name {name!r}", hint="names have letters, digits, _ and -; sanitize() makes one of any text"
        )


def _block_name(type_: str, path: Sequence[str], span: Span) -> str:
    if not path:
        raise error_at(span, f"{type_} is no variable", hint=f"write {type_}.NAME.ATTRIBUTE")
    return path[0]
