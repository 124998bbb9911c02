"""From the texts of bake files to one definition: which language each is in, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jettison.bake.compose import read_compose
from jettison.bake.evaluation import BLOCKS, NESTED_BLOCKS, evaluate_bodies
from jettison.bake.model import Definition
from jettison.bake.scope import Outside
from jettison.bake.yaml_tree import Fields, Node, parse_yaml
from jettison.frozen import dataclass
from jettison.hcl.json_syntax import parse_hcl_json
from jettison.hcl.parser import parse_hcl
from jettison.hcl.syntax import Body
from jettison.text.diagnostics import SourceError
from jettison.text.span import Source

DEFAULT_FILES = (
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeFile:
    """The text of a file, and what messages call it."""

    name: str
    text: str


def read_definition(
    files: Sequence[BakeFile], outside: Outside, compose_environment: Mapping[str, str] | None = None
) -> Definition:
    """What the files declare together: Compose files first, the others on top, later ones on top of earlier ones.

    ``compose_environment``: the variables of Compose files, with those of ``.env``. Raises :class:`SourceError`.
    """
    documents: list[Node] = []
    bodies: list[Body] = []
    for file in files:
        source = Source(file.text, file.name)
        if (document := _compose(source)) is not None:
            documents.append(document)
        else:
            bodies.append(_parse(source))
    environment = outside.variables if compose_environment is None else compose_environment
    before = read_compose(documents, environment) if documents else Definition()
    return evaluate_bodies(bodies, outside, before) if bodies else before


def _compose(source: Source) -> Node | None:
    """The document of a Compose file; None where the file is none. Without a telling name its content decides."""
    name = source.path.lower()
    if name.endswith((".yml", ".yaml")):
        return parse_yaml(source)
    if name.endswith((".json", ".hcl")):
        return None
    try:
        document = parse_yaml(source)
    except SourceError:
        return None
    return document if isinstance(document, Fields) and "services" in document.fields else None


def _parse(source: Source) -> Body:
    if source.path.endswith(".json"):
        return parse_hcl_json(source, BLOCKS, NESTED_BLOCKS)
    if source.path.endswith(".hcl"):
        return parse_hcl(source)
    try:
        return parse_hcl(source)
    except SourceError as error:
        try:
            return parse_hcl_json(source, BLOCKS, NESTED_BLOCKS)
        except SourceError:
            raise error from None
