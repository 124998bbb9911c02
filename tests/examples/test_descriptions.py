"""Every example is complete: two Dockerfiles, a description that can be read, base images that the recipe makes."""

from __future__ import annotations

import tomllib

import pytest
from demo.cases import BASES, EXAMPLES, MULTI, SINGLE, Case, load_cases
from tests.examples.bases import base_images

from jettison.base.recipe import parse_recipes

CASES = load_cases()
DOCUMENT = EXAMPLES.parent / "docs" / "examples.md"

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_every_folder_is_a_case() -> None:
    """No example is forgotten by the demo."""
    assert {case.name for case in CASES} == {path.name for path in EXAMPLES.iterdir() if path.is_dir()}


@every_case
def test_both_versions_are_there(case: Case) -> None:
    """An example compares two Dockerfiles and says what to look at."""
    assert case.dockerfile(SINGLE).is_file()
    assert case.dockerfile(MULTI).is_file()
    assert case.check.expect
    readme = (case.folder / "README.md").read_text(encoding="utf-8")
    assert "What to look at" in readme
    assert SINGLE in readme


@every_case
def test_the_second_version_has_more_sources_than_one(case: Case) -> None:
    """The multi-stage version takes something out of another stage or image."""
    assert "--from=" not in case.dockerfile(SINGLE).read_text(encoding="utf-8")
    assert "COPY --from=" in case.dockerfile(MULTI).read_text(encoding="utf-8")


@every_case
@pytest.mark.parametrize("version", [SINGLE, MULTI])
def test_base_images_are_in_the_recipe(case: Case, version: str) -> None:
    """`jettison base --recipe examples/bases.toml` makes all that the Dockerfiles need."""
    made = {recipe.name for recipe in parse_recipes(BASES.read_text(encoding="utf-8"), BASES.name)}
    assert base_images(case, version) <= made


def test_the_recipe_makes_nothing_else() -> None:
    """Making a base image takes time: every one is used, by an example or by another base."""
    recipes = tomllib.loads(BASES.read_text(encoding="utf-8"))["image"]
    used = {image for case in CASES for version in (SINGLE, MULTI) for image in base_images(case, version)}
    used |= {recipe["on"] for recipe in recipes if "on" in recipe}
    assert {recipe["name"] for recipe in recipes} == used


@every_case
def test_the_documentation_names_every_example(case: Case) -> None:
    """docs/examples.md has a line on each."""
    assert f"`{case.name}`" in DOCUMENT.read_text(encoding="utf-8")
