"""Compose files as documents: variables in them replaced, several put on top of each other, ``extends`` carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jettison.bake.interpolation import interpolate
from jettison.bake.yaml_tree import Fields, Items, Node, Scalar
from jettison.text.diagnostics import error_at, quoted
from jettison.text.span import Span
from jettison.text.suggest import did_you_mean

_KEPT = ("image", "build", "environment", "extends")
"""What of a service matters for its build."""
_SEQUENCES = frozenset({"args", "additional_contexts", "extra_hosts", "labels", "environment"})
"""Keys that may be written as a mapping or as a list of ``key=value``; the last one of a key counts."""
_UNIQUE = frozenset({"tags"})


def load_services(
    documents: Sequence[Node], environment: Mapping[str, str], warnings: list[str]
) -> tuple[dict[str, Fields], Mapping[str, Node]]:
    """The services and secrets that the documents declare together. Raises :class:`SourceError`."""
    services: Node = Fields({}, documents[0].span)
    secrets: Node = services
    unset: dict[str, None] = {}
    for document in documents:
        if not isinstance(document, Fields) or not ({"services", "secrets"} & document.fields.keys()):
            raise error_at(document.span, "this Compose file has no services")
        if "include" in document.fields:
            raise error_at(
                document.fields["include"].span, "include is not supported yet", hint="name the files with -f"
            )
        for key in ("services", "secrets"):
            if key in document.fields:
                filled = _interpolated(document.fields[key], environment, unset)
                if key == "services":
                    services = _merged(services, filled, ())
                else:
                    secrets = _merged(secrets, filled, ())
    warnings += [f"the variable {name} is not set, it stands for an empty text" for name in unset]
    if not isinstance(services, Fields):
        raise error_at(services.span, "services are a mapping")
    kept = {name: _kept(name, node) for name, node in services.fields.items()}
    extended = {name: _extended(name, kept, ()) for name in kept}
    return extended, secrets.fields if isinstance(secrets, Fields) else {}


def _kept(name: str, node: Node) -> Fields:
    if isinstance(node, Scalar) and node.value is None:
        return Fields({}, node.span)
    if not isinstance(node, Fields):
        raise error_at(node.span, f"the service {name!r} is a mapping")
    return Fields({key: value for key, value in node.fields.items() if key in _KEPT}, node.span)


def _extended(name: str, services: Mapping[str, Fields], path: tuple[str, ...]) -> Fields:
    """The service on top of the one that it extends."""
    service = services[name]
    extends = service.fields.get("extends")
    if extends is None:
        return service
    base = extends.fields.get("service") if isinstance(extends, Fields) else extends
    if isinstance(extends, Fields) and "file" in extends.fields:
        raise error_at(extends.fields["file"].span, "extends from another file is not supported yet")
    if not isinstance(base, Scalar) or base.text not in services:
        wanted = base.text if isinstance(base, Scalar) else ""
        raise error_at(extends.span, f"there is no service {wanted!r}", hint=did_you_mean(wanted, services))
    if base.text in (*path, name):
        raise error_at(extends.span, f"the service {name!r} extends itself")
    below = _extended(base.text, services, (*path, name))
    whole = _merged(below, service, ("services", name))
    assert isinstance(whole, Fields)
    return Fields({key: value for key, value in whole.fields.items() if key != "extends"}, service.span)


def _interpolated(node: Node, environment: Mapping[str, str], unset: dict[str, None]) -> Node:
    """The document with its variables replaced; ``unset`` gathers the names of those that have no value."""

    def lookup(name: str) -> str | None:
        return environment.get(name)

    def note(name: str) -> str | None:
        if name not in environment:
            unset[name] = None
        return environment.get(name)

    def replaced(each: Node) -> Node:
        match each:
            case Fields(fields, span):
                return Fields({key: replaced(value) for key, value in fields.items()}, span)
            case Items(items, span):
                return Items(tuple(replaced(item) for item in items), span)
            case Scalar(str(text), span) if "$" in text:
                plain = "${" not in text or not any(sign in text for sign in ("-", "+", "?"))
                try:
                    return Scalar(interpolate(text, note if plain else lookup), span)
                except ValueError as error:
                    raise error_at(span, f"{quoted(text)}: {error}") from None
        return each

    return replaced(node)


def _merged(below: Node, above: Node, path: tuple[str, ...]) -> Node:
    """``above`` on top of ``below``: mappings key by key, lists one behind the other."""
    key = path[-1] if path else ""
    if key == "build" and len(path) <= 3:
        below, above = _as_build(below), _as_build(above)
    if key in _SEQUENCES:
        pairs = {**dict(_key_values(below)), **dict(_key_values(above))}
        return Items(tuple(pairs.values()), above.span)
    if isinstance(below, Fields) and isinstance(above, Fields):
        fields = dict(below.fields)
        for name, node in above.fields.items():
            fields[name] = _merged(fields[name], node, (*path, name)) if name in fields else node
        return Fields(fields, above.span)
    if isinstance(below, Items) and isinstance(above, Items):
        items = [*below.items, *above.items]
        if key in _UNIQUE:
            items = list({item.text if isinstance(item, Scalar) else item: item for item in items}.values())
        return Items(tuple(items), above.span)
    return below if isinstance(above, Scalar) and above.value is None else above


def _as_build(node: Node) -> Node:
    return Fields({"context": node}, node.span) if isinstance(node, Scalar) else node


def _key_values(node: Node) -> Iterator[tuple[str, Node]]:
    """Each entry as ``key=value`` by its key."""
    if isinstance(node, Items):
        for item in node.items:
            text = item.text if isinstance(item, Scalar) else ""
            yield text.partition("=")[0], item
    elif isinstance(node, Fields):
        for name, value in node.fields.items():
            for each in _values(value):
                yield name, Scalar(name if each is None else f"{name}={each}", value.span)


def _values(node: Node) -> Iterator[str | None]:
    if isinstance(node, Items):
        for item in node.items:
            yield from _values(item)
    elif isinstance(node, Scalar):
        yield None if node.value is None else node.text


def items_of(node: Node | None) -> tuple[Node, ...]:
    """The elements of a list; something else is a list of one."""
    if node is None:
        return ()
    return node.items if isinstance(node, Items) else (node,)


def text_of(node: Node | None, key: str) -> str | None:
    """The text that a key has; None where it is not there."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    if not isinstance(node, Scalar):
        raise error_at(node.span, f"{key} is a text")
    return node.text


def texts_of(node: Node) -> tuple[str, ...]:
    """The texts of a list, or the one that stands alone."""
    return tuple(text_of(item, "an element") or "" for item in items_of(node))


def pairs_of(node: Node | None) -> Iterator[tuple[str, str | None, Span]]:
    """Key, value and place of a mapping, or of a list of ``key=value``; None: there is only the key."""
    if isinstance(node, Fields):
        for name, value in node.fields.items():
            yield name, text_of(value, name), value.span
        return
    for item in items_of(node):
        name, equals, text = (text_of(item, "an element") or "").partition("=")
        yield name, text if equals else None, item.span
