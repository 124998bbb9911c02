"""Making a base image and putting it into the store."""

from __future__ import annotations

from contextlib import ExitStack

from jettison.base.builder import make_base
from jettison.base.image import Parent, Workspace
from jettison.base.recipe import Recipe
from jettison.cli.context import Context
from jettison.cli.machine import open_machine
from jettison.cli.steps import ShownStep, no_events, shown_step
from jettison.engine.images import ImageFinder
from jettison.engine.layers import Layers
from jettison.engine.request import Machine
from jettison.engine.roots import Roots
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.reference import Reference


def build_base(recipe: Recipe, context: Context, *, quiet: bool) -> Digest:
    """Build what the recipe describes and tag it; its image id."""
    with ExitStack() as stack:
        machine = stack.enter_context(open_machine(context, no_events))
        store = machine.store
        step = stack.enter_context(shown_step(context, "Building", f"base {recipe.name}", quiet=quiet))
        stack.enter_context(store.lease())
        layers = Layers(store)
        stack.callback(layers.close)
        folder = stack.enter_context(store.temporary_directory())
        cache = stack.enter_context(store.packages.using())
        image = make_base(
            recipe,
            workspace=Workspace(folder=folder, cache=cache),
            parent=_find_parent(recipe, machine, layers, step),
            report=step.say,
        )
        for layer in image.layers:
            store.blobs.adopt(layer.tar, layer.index.diff_id)
            layers.add(layer.index)
        image_id = store.images.put(write_image_config(image.config))
        store.images.tag(Reference.parse(recipe.name), image_id)
        return image_id


def _find_parent(recipe: Recipe, machine: Machine, layers: Layers, step: ShownStep) -> Parent | None:
    """The image of ``--on`` with all its layers unpacked."""
    if recipe.on is None:
        return None
    finder = ImageFinder(machine.store, layers, machine.open_registry)
    found = finder.find(Reference.parse(recipe.on).with_default_tag(), machine.platform)
    layers.bring(found.config.diff_ids, step.progress)
    return Parent(
        config=found.config,
        tree=layers.merged(found.config.diff_ids),
        folders=Roots(machine.store, layers).directories(found.config.diff_ids, step.progress),
    )
