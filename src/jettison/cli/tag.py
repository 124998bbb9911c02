"""``jettison tag``."""

from __future__ import annotations

import argparse

from jettison.cli.context import Context
from jettison.cli.parser import CommandParser
from jettison.model.reference import Reference


def add_options(parser: CommandParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Give an image one more name."""
    source, target = arguments.arguments
    reference = Reference.parse(target)
    with context.open_store() as store:
        store.images.tag(reference, store.images.find(source).image_id)
    return 0
