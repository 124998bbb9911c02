"""``jettison rmi``."""

from __future__ import annotations

import argparse
import re

from jettison.cli.context import Context
from jettison.cli.parser import CommandParser
from jettison.cli.stored import for_each
from jettison.errors import JettisonError
from jettison.model.reference import Reference
from jettison.store import ImageRecord, Store


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-f", "--force", help="Force removal of the image")
    parser.switch("--no-prune", help="Accepted and without effect: there are no untagged parents")


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Remove names, and images that have no name left."""
    with context.open_store() as store:
        return for_each(
            arguments.arguments,
            lambda name: context.write("".join(f"{line}\n" for line in _remove(store, name, force=arguments.force))),
            context,
        )


def _remove(store: Store, text: str, *, force: bool) -> list[str]:
    """Remove what ``text`` names; what was done, in docker's words."""
    record = store.images.find(text)
    name = _name_meant(text, record)
    going = (name, *_digests_that_go_with(name, record)) if name else record.names
    last = len(going) == len(record.names)
    if name is None and len({tag.repository for tag in record.tags}) > 1 and not force:
        raise JettisonError(
            f"cannot remove {text}: the image has names in several repositories",
            hint=f"remove each by name, or all with -f: {', '.join(tag.familiar() for tag in record.tags)}",
        )
    if last:
        _check_unused(store, record, text, force=force)
    for reference in going:
        store.images.untag(reference)
    lines = [f"Untagged: {reference.familiar()}" for reference in going]
    if last:
        store.images.remove(record.image_id)
        lines.append(f"Deleted: {record.image_id}")
    return lines


def _name_meant(text: str, record: ImageRecord) -> Reference | None:
    """The name of the image that ``text`` is; None where it is its id."""
    if re.fullmatch(r"(sha256:)?[0-9a-f]+", text) and record.image_id.removeprefix("sha256:").startswith(
        text.removeprefix("sha256:")
    ):
        return None
    meant = Reference.parse(text).with_default_tag()
    return next((name for name in record.names if str(name) == str(meant)), meant)


def _digests_that_go_with(name: Reference, record: ImageRecord) -> list[Reference]:
    """The ``repository@digest`` names that mean nothing without the last tag of their repository."""
    if name.digest or any(tag.repository == name.repository and tag != name for tag in record.tags):
        return []
    return [digest for digest in record.repo_digests if digest.repository == name.repository]


def _check_unused(store: Store, record: ImageRecord, text: str, *, force: bool) -> None:
    users = store.containers.using(record.image_id)
    running = [container for container in users if container.state == "running"]
    if running:
        raise JettisonError(
            f"cannot remove {text}: the running container {running[0].short_id} ({running[0].name}) uses it",
            hint="stop the container first",
        )
    if users and not force:
        raise JettisonError(
            f"cannot remove {text}: the container {users[0].short_id} ({users[0].name}) was made from it",
            hint=f"`jettison rm {users[0].name}` removes the container; -f removes the image anyway",
        )
