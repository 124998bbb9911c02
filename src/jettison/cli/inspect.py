"""``jettison inspect``."""

from __future__ import annotations

import json

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.stored import find_image, for_each, image_size
from jettison.errors import NotFoundError
from jettison.hints import Any
from jettison.model.platform import Platform
from jettison.report.inspection import container_document, image_document
from jettison.report.template import parse_template
from jettison.store import ContainerRecord, ImageRecord, Store


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("-f", "--format", help="Format: 'json' or a Go template (default: a JSON array)", default="")
    parser.value("--platform", help="Inspect a specific platform of the multi-platform image", parse=Platform.parse)
    parser.value("--type", help="Only inspect objects of the given type", choices=("image", "container"))


def run(arguments: Arguments, context: Context) -> int:
    """Print the documents of all objects that are found, then what was not."""
    documents: list[dict[str, Any]] = []
    with context.open_store() as store:
        code = for_each(
            arguments.arguments,
            lambda name: documents.append(_document(store, name, arguments.type, arguments.platform)),
            context,
        )
    if not arguments.format:
        context.write(json.dumps(documents, indent=4, ensure_ascii=False) + "\n")
        return code
    template = parse_template("{{json .}}" if arguments.format == "json" else arguments.format)
    for document in documents:
        context.write(template.render(document) + "\n")
    return code


def _document(store: Store, name: str, kind: str | None, platform: Platform | None) -> dict[str, Any]:
    """As docker: a container of that name goes before an image."""
    if kind != "image" and platform is None:
        try:
            return _container_document(store.containers.find(name))
        except NotFoundError:
            if kind == "container":
                raise
    try:
        return _image_document(store, find_image(store, name, platform))
    except NotFoundError as error:
        if kind == "image":
            raise
        raise NotFoundError(f"no such image or container: {name}", hint=error.hint) from error


def _image_document(store: Store, record: ImageRecord) -> dict[str, Any]:
    return image_document(
        store.images.config(record.image_id),
        image_id=record.image_id,
        tags=[name.familiar() for name in record.tags],
        repo_digests=[name.familiar() for name in record.repo_digests],
        size_bytes=image_size(store, record.diff_ids),
        stored=record.stored_at,
    )


def _container_document(record: ContainerRecord) -> dict[str, Any]:
    return container_document(
        container_id=record.container_id,
        name=record.name,
        image_id=record.image_id,
        image_name=record.image_name,
        command=record.command,
        created=record.created_at,
        state=record.state,
        pid=record.pid,
        started=record.started_at,
        finished=record.finished_at,
        exit_code=record.exit_code,
        auto_remove=record.auto_remove,
    )
