"""What ``jettison run`` does once its flags are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.machine import native_platform, open_machine
from jettison.cli.parser import Arguments
from jettison.cli.steps import shown_step
from jettison.cli.values import parse_csv, parse_extra_hosts, parse_variable
from jettison.engine.layers import Progress
from jettison.engine.request import Machine
from jettison.engine.run import RunRequest, Streams, Volume
from jettison.engine.run import run as run_container
from jettison.engine.transfer import pull
from jettison.errors import NotFoundError, RegistryError, StorageError, UsageError
from jettison.model.reference import Reference
from jettison.sandbox.early import early_launcher
from jettison.solve.events import Event, Notice

_VOLUME_WORDS = ("ro", "rw", "z", "Z")


def run_image(arguments: Arguments, context: Context) -> int:
    """Bring the image, make the container, wait for its end."""
    request = make_request(arguments, context)
    if arguments.tty and not context.streams.stdin.isatty():
        raise UsageError("the input device is not a TTY", hint="leave -t out, or start it from a terminal")
    if arguments.publish:
        context.remark("note: the container uses this machine's network; its ports are open here without -p")

    def remark(event: Event) -> None:
        if isinstance(event, Notice):
            context.remark(f"note: {event.message}")

    with (
        early_launcher(awake=True) as launcher,
        open_machine(context, remark, isolation=arguments.isolation, launcher=launcher, expected_commands=1) as machine,
    ):
        _bring_image(arguments, context, machine, request)
        streams = Streams(
            stdin=context.streams.stdin.fileno(),
            stdout=context.streams.stdout.fileno(),
            stderr=context.streams.stderr.fileno(),
        )
        return run_container(request, machine, streams, _told_once(context, request.image, quiet=arguments.quiet))


def make_request(arguments: Arguments, context: Context) -> RunRequest:
    """The request that the flags describe."""
    entrypoint = arguments.entrypoint
    return RunRequest(
        image=arguments.arguments[0],
        command=tuple(arguments.arguments[1:]),
        entrypoint=None if entrypoint is None else (entrypoint,) if entrypoint else (),
        env=tuple(_environment(arguments, context)),
        volumes=(*map(parse_volume, arguments.volume), *map(parse_mount, arguments.mount)),
        working_dir=arguments.workdir,
        user=arguments.user,
        name=arguments.name,
        hostname=arguments.hostname,
        remove=arguments.rm,
        interactive=arguments.interactive,
        terminal=arguments.tty,
        read_only=arguments.read_only,
        extra_hosts=tuple(pair for text in arguments.add_host for pair in parse_extra_hosts(text)),
        platform=arguments.platform,
    )


def parse_volume(text: str) -> Volume:
    """``SOURCE:TARGET[:ro]``; only folders and files of this machine, named by a path, can be mounted."""
    source, *rest = text.split(":")
    if not rest:
        raise UsageError(f"-v {text}: anonymous volumes are not supported", hint="write SOURCE:TARGET[:ro]")
    if not source.startswith(("/", ".", "~")):
        raise UsageError(
            f"-v {text}: named volumes are not supported", hint=f"for a folder write ./{source} or its whole path"
        )
    target, *options = rest
    words = [word for option in options for word in option.split(",")]
    if not target.startswith("/") or len(options) > 1:
        raise UsageError(f"-v {text}: expected SOURCE:TARGET[:ro] with an absolute TARGET")
    for word in words:
        if word not in _VOLUME_WORDS:
            raise UsageError(f"-v {text}: unknown option {word!r}", hint=f"there is {', '.join(_VOLUME_WORDS)}")
    return Volume(source=Path(source).expanduser(), target=target, read_only="ro" in words)


def parse_mount(text: str) -> Volume:
    """``type=bind,source=…,target=…[,readonly]``."""
    flags = ("readonly", "ro")
    pairs = parse_csv(",".join(f"{cell}=true" if cell in flags else cell for cell in text.split(",")))
    if pairs.get("type", "volume") != "bind":
        raise UsageError(f"--mount {text}: only type=bind is supported")
    source = pairs.get("source") or pairs.get("src")
    target = pairs.get("target") or pairs.get("destination") or pairs.get("dst")
    if not source or not target or not target.startswith("/"):
        raise UsageError(f"--mount {text}: source and an absolute target are needed")
    if not Path(source).exists():
        raise UsageError(f"--mount {text}: bind source path does not exist: {source}")
    return Volume(source=Path(source), target=target, read_only=any(pairs.get(flag) == "true" for flag in flags))


def _environment(arguments: Arguments, context: Context) -> Iterator[tuple[str, str]]:
    """Files first, then single variables; the later one counts."""
    lines = [("--env-file", line) for name in arguments.env_file for line in _read_env_file(Path(name))]
    for flag, text in (*lines, *(("--env", text) for text in arguments.env)):
        pair = parse_variable(text, context.settings.variables, flag)
        if pair is not None:
            yield pair


def _read_env_file(path: Path) -> list[str]:
    try:
        text = path.read_text()
    except OSError as error:
        raise StorageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{str(path)!r} is not a text file: {error}") from error
    lines = [line.lstrip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _bring_image(arguments: Arguments, context: Context, machine: Machine, request: RunRequest) -> None:
    """Pull the image where it is missing, or always, with the progress shown."""
    if arguments.pull != "always":
        try:
            machine.store.images.find(request.image)
        except NotFoundError:
            if arguments.pull == "never":
                raise
            if not arguments.quiet:
                context.remark(f"Unable to find image '{request.image}' locally")
        else:
            return
    reference = Reference.parse(request.image).with_default_tag()
    with shown_step(context, "Pulling", f"pulling {reference.familiar()}", quiet=arguments.quiet) as step:
        try:
            pull(reference, request.platform or native_platform(), machine, step.progress)
        except (NotFoundError, RegistryError) as error:
            error.hint = machine.store.images.near(request.image) or error.hint
            raise


def _told_once(context: Context, image: str, *, quiet: bool) -> Progress:
    """Layers of a base image may come only now; one line says why it takes a while."""
    told: list[str] = []

    def progress(part: str, current: int, total: int | None) -> None:
        if not told and not quiet:
            told.append(part)
            context.remark(f"Preparing the layers of '{image}'")

    return progress
