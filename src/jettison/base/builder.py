"""The one entry of this package: a recipe becomes a base image."""

from __future__ import annotations

from jettison.base.distroless import make_distroless
from jettison.base.image import BaseImage, Parent, Report, Workspace
from jettison.base.recipe import Mode, Recipe
from jettison.base.slim import make_slim
from jettison.errors import StorageError, UsageError


def make_base(
    recipe: Recipe, *, workspace: Workspace, parent: Parent | None = None, report: Report = lambda _: None
) -> BaseImage:
    """Build what the recipe describes; ``parent`` is the image that ``recipe.on`` names, given exactly where it does.

    The folders of the workspace exist. The new layers' tars lie in ``workspace.folder``; all else there is scrap.
    """
    if (recipe.on is None) != (parent is None):
        raise UsageError(f"the image {recipe.on!r} that {recipe.name} is built on was not found")
    # apt and overlayfs are told these paths, and work elsewhere.
    workspace = Workspace(folder=workspace.folder.absolute(), cache=workspace.cache.absolute())
    make = make_slim if recipe.mode is Mode.SLIM else make_distroless
    try:
        return make(recipe, workspace=workspace, parent=parent, report=report)
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        raise StorageError(f"building {recipe.name}:{place}: {error.strerror or error}") from error
