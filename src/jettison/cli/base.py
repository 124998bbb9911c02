"""``jettison base``."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes, nearest
from jettison.cli.values import parse_named, parse_pair
from jettison.errors import StorageError, UsageError
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.base.recipe import Recipe

MODES = ("slim", "distroless")

_CONFIG_FLAGS = (
    "package",
    "on",
    "suite",
    "mirror",
    "env",
    "label",
    "user",
    "workdir",
    "entrypoint",
    "cmd",
    "ca_bundle",
)


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--ca-bundle", help="Add the CA certificates of this PEM file, or 'system'", completes=Completes.FILE)
    parser.value("--cmd", help="CMD of the image: words, or a JSON array", parse=parse_words)
    parser.value("--entrypoint", help="ENTRYPOINT of the image: words, or a JSON array", parse=parse_words)
    parser.values("--env", help="Set environment variables of the image (NAME=VALUE)", parse=parse_named)
    parser.values("--label", help="Set metadata of the image (KEY=VALUE)", parse=parse_pair)
    parser.values("--mirror", help="A Debian mirror, or a whole line 'deb [options] URL SUITE COMPONENT'")
    parser.value("--mode", help="What the image is to hold", choices=MODES)
    parser.value("--on", help="Build on the layers of this image", completes=Completes.IMAGE)
    parser.values("--only", help="Of a recipe, build only the images with this name")
    parser.values("-p", "--package", help="Install this package, also PACKAGE=VERSION")
    parser.switch("-q", "--quiet", help="Print image IDs only")
    parser.value("--recipe", help="Build the images that a TOML file describes", completes=Completes.FILE)
    parser.value("--source-date-epoch", kind="int", help="Latest time in the image, in seconds since 1970", parse=int)
    parser.value("--suite", help="The Debian release, such as bookworm")
    parser.value("--user", help="USER of the image")
    parser.value("--workdir", help="WORKDIR of the image")


def run(arguments: Arguments, context: Context) -> int:
    """Make base images, in the order of their recipe."""
    recipes = make_recipes(arguments, context)
    from jettison.cli.base_image import build_base

    for recipe in recipes:
        image_id = build_base(recipe, context, quiet=arguments.quiet)
        context.write(f"{image_id}\n")
    return 0


def parse_words(text: str) -> tuple[str, ...]:
    """``["a", "b"]``, or words as a shell splits them; nothing gives an empty list."""
    if text.lstrip().startswith("["):
        try:
            words = json.loads(text)
        except ValueError as error:
            raise UsageError(f"invalid JSON array {text!r}: {error}") from None
        if not all(isinstance(word, str) for word in words):
            raise UsageError(f"invalid JSON array {text!r}: only strings can stand in it")
        return tuple(words)
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"invalid words {text!r}: {error}") from None


def make_recipes(arguments: Arguments, context: Context) -> tuple[Recipe, ...]:
    """The images of the recipe file, or the one that the flags describe."""
    epoch = arguments.source_date_epoch
    if epoch is None:
        epoch = context.settings.source_date_epoch
    if arguments.recipe:
        return _read_recipes(arguments, epoch)
    if arguments.only:
        raise UsageError("--only chooses among the images of a --recipe")
    if not arguments.arguments or not arguments.mode:
        raise UsageError("a name and --mode are needed", hint="jettison base debian:12-slim --mode slim")
    from jettison.base.recipe import Mode, Recipe

    recipe = Recipe(
        name=arguments.arguments[0],
        mode=Mode(arguments.mode),
        packages=tuple(arguments.package),
        on=arguments.on,
        suite=arguments.suite,
        mirrors=tuple(arguments.mirror),
        env=tuple(arguments.env),
        labels=tuple(sorted(arguments.label)),
        user=arguments.user,
        workdir=arguments.workdir,
        entrypoint=arguments.entrypoint,
        cmd=arguments.cmd,
        ca_bundle=arguments.ca_bundle,
        source_date_epoch=epoch,
    )
    return (recipe,)


def _read_recipes(arguments: Arguments, epoch: int | None) -> tuple[Recipe, ...]:
    from jettison.base.recipe import parse_recipes
    from jettison.frozen import replace

    for name in ("mode", *_CONFIG_FLAGS):
        if getattr(arguments, name):
            raise UsageError(
                f"--{name.replace('_', '-')} cannot be used with --recipe", hint="write it into the recipe"
            )
    if arguments.arguments:
        raise UsageError("a name cannot be given with --recipe", hint=f"--only {arguments.arguments[0]}")
    path = Path(arguments.recipe)
    try:
        text = path.read_text()
    except OSError as error:
        raise StorageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{str(path)!r} is not a text file: {error}") from error
    recipes = parse_recipes(text, str(path))
    names = [recipe.name for recipe in recipes]
    for name in arguments.only:
        if name not in names:
            raise UsageError(
                f"{path}: there is no image {name!r}", hint=nearest(name, names, f"it has {', '.join(names)}")
            )
    return tuple(
        recipe if recipe.source_date_epoch is not None else replace(recipe, source_date_epoch=epoch)
        for recipe in recipes
        if not arguments.only or recipe.name in arguments.only
    )
