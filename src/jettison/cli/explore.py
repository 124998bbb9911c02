"""``jettison explore``."""

from __future__ import annotations

import argparse
import gc
import os
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.looking import add_platform
from jettison.cli.parser import CommandParser
from jettison.errors import NotFoundError, UsageError
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.engine.image_layers import LayeredImage
    from jettison.explore.app import Extract
    from jettison.explore.explorer import Explorer
    from jettison.explore.versions import Versions
    from jettison.store.store import Store

_TERMINAL = "/dev/tty"


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    add_platform(parser)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Show the image until the user quits."""
    if find_spec("textual") is None:
        raise NotFoundError("explore needs textual, which is not installed", hint="pip install 'jettison[tui]'")
    from jettison.cli.machine import open_machine
    from jettison.cli.steps import no_events, shown_step
    from jettison.engine.image_layers import STDIN, open_image

    name = arguments.arguments[0]
    streams = context.streams
    if not streams.stderr.isatty() or not (name == STDIN or streams.stdin.isatty()):
        raise UsageError("explore needs a terminal", hint="'jettison history' tells of the layers without one")
    gc.disable()  # a million values without a circle among them: looking for circles takes half of the time
    with open_machine(context, no_events) as machine, ExitStack() as stack:
        with shown_step(context, "Reading", f"reading {name}", quiet=False) as step:
            image = stack.enter_context(
                open_image(name, machine, progress=step.progress, platform=arguments.platform, stdin=streams.stdin)
            )
            explorer = read_explorer(image, machine.store)
        gc.freeze()
        gc.enable()
        if name == STDIN:
            _keys_from_terminal()
        from jettison.explore.app import ExploreApp

        ExploreApp(explorer, extractor(image, explorer.versions)).run()
    return 0


def read_explorer(image: LayeredImage, store: Store) -> Explorer:
    """What there is to explore of an image."""
    from jettison.engine.base_of import find_base
    from jettison.engine.written_in import find_written
    from jettison.explore.explorer import Explorer
    from jettison.explore.instructions import read_steps
    from jettison.explore.versions import read_layers

    base = find_base(image, store)
    below = 0 if base is None else base.cut.layers
    written = find_written(image, base, store)
    texts = {below + number: line.text for number, line in enumerate(written.lines)}
    texts |= {n: f"{line.text} (of {line.image})" for n, line in enumerate(written.base_lines) if line.text}
    steps = read_steps(image.config, len(image.indexes), texts)
    return Explorer(image.name, steps, *read_layers(image.indexes))


def extractor(image: LayeredImage, versions: Versions) -> Extract:
    """How files of the image come to this machine."""

    def extract_to(path: str, layer: int, folder: str) -> str:
        from jettison.engine.extract import extract

        place = Path(os.path.expanduser(folder))  # noqa: PTH111 - pathlib fails for a user that there is not
        made = extract(versions.subtree(path, layer), path, place, image.open_in_layer, root_name="root")
        left_out = "".join(f"\nleft out: /{each.path} ({each.what})" for each in made.omissions)
        return f"extracted to {made.place}{left_out}"

    return extract_to


def _keys_from_terminal() -> None:
    """Standard input was the image: from here on it is the terminal, where the keys come from."""
    try:
        terminal = os.open(_TERMINAL, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"explore needs a terminal, and {_TERMINAL} is none: {error.strerror}") from error
    os.dup2(terminal, 0)
    os.close(terminal)
