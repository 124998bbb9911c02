"""``jettison cp``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jettison.cli.context import Context
from jettison.cli.looking import add_platform, looked_into
from jettison.cli.parser import Arguments, CommandParser
from jettison.errors import JettisonError, NotFoundError, StorageError, UsageError

_TAR = "-"


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-a", "--archive", help="Archive mode (copy all uid/gid information)")
    parser.switch("-L", "--follow-link", help="Always follow symbol link in SRC_PATH")
    add_platform(parser)
    parser.switch("-q", "--quiet", help="Suppress remarks on what could not be copied")


def run(arguments: Arguments, context: Context) -> int:
    """Copy files out of an image."""
    from jettison.engine.image_files import CopyOut, copy_to_folder, copy_to_tar, keep_near, split_image_path
    from jettison.rootfs.metadata import Privileges, RefusedOwnerError

    source, destination = arguments.arguments
    parts = split_image_path(source)
    if parts is None:
        goes_in = split_image_path(destination) is not None
        hint = (
            "files come out of images, and never go into one"
            if goes_in
            else f"jettison cp IMAGE:/{source} {destination}"
        )
        raise UsageError(f"{source!r} names no file of an image: it is written IMAGE:PATH", hint=hint)
    if destination == _TAR and context.streams.stdout.isatty():
        raise UsageError("refusing to write a tar to a terminal", hint="redirect the output, or name a folder")
    name, path = parts
    what = CopyOut(path=path, follow=arguments.follow_link)
    with (
        _whole_images(source, path, destination, context),
        looked_into(name, context, platform=arguments.platform, keep=keep_near(path)) as image,
    ):
        files = image.files()
        if destination == _TAR:
            copy_to_tar(files, what, context.write_bytes)
            return 0
        is_whole = arguments.archive and os.geteuid() == 0
        try:
            privileges = Privileges(owners=is_whole, devices=is_whole)
            omissions = copy_to_folder(files, what, destination, privileges=privileges)
        except StorageError as error:
            if isinstance(error.__cause__, RefusedOwnerError):
                error.hint = "without -a the copies belong to whoever makes them"
            raise
    if not arguments.quiet:
        for omission in omissions:
            context.remark(f"/{omission.path}: {omission.what} left out")
    return 0


@contextmanager
def _whole_images(source: str, path: str, destination: str, context: Context) -> Iterator[None]:
    """Where the tag of an image was taken for a path, the hint says how the two are told apart."""
    try:
        yield
    except NotFoundError as error:
        if not path.startswith("/"):
            with suppress(JettisonError), context.open_store() as store:
                store.images.find(source)
                error.hint = f"{source} is an image, and a file of it is {source}:/PATH"
        raise
