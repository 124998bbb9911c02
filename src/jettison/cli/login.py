"""``jettison login``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.errors import UsageError
from jettison.model.reference import DEFAULT_DOMAIN

_MAX_PASSWORD_BYTES = 1 << 16
_HUB_NAMES = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("-p", "--password", help="Password or Personal Access Token (PAT)", default="")
    parser.switch("--password-stdin", help="Take the Password or Personal Access Token (PAT) from stdin")
    parser.value("-u", "--username", help="Username", default="")


def run(arguments: Arguments, context: Context) -> int:
    """Try the credentials at the registry, and keep them where docker does."""
    from jettison.cli.machine import auth_files, network_settings, registries_conf
    from jettison.registry.credentials import Credential
    from jettison.registry.login import check_login, keep_login

    domain = registry_name(arguments.arguments)
    credential = Credential(username=_username(arguments, context), password=_password(arguments, context))
    settings = context.settings
    check_login(domain, credential, registries_conf(settings), network_settings(settings))
    keep_login(domain, credential, auth_files(settings)[0])
    context.write("Login Succeeded\n")
    return 0


def registry_name(arguments: list[str]) -> str:
    """The registry that is meant, by its name in references; docker.io where none is given."""
    if not arguments:
        return DEFAULT_DOMAIN
    name = arguments[0].removeprefix("https://").removeprefix("http://").partition("/")[0]
    if not name:
        raise UsageError(f"invalid registry {arguments[0]!r}", hint="write HOST or HOST:PORT")
    return DEFAULT_DOMAIN if name in _HUB_NAMES else name


def _username(arguments: Arguments, context: Context) -> str:
    if arguments.username:
        return str(arguments.username)
    if arguments.password_stdin:
        raise UsageError("must provide --username with --password-stdin")
    if not context.streams.stdin.isatty():
        raise UsageError(
            "cannot perform an interactive login from a non TTY device",
            hint="give --username, and the password to --password-stdin",
        )
    context.streams.stderr.write("Username: ")
    context.streams.stderr.flush()
    name = context.streams.stdin.readline().decode(errors="replace").strip()
    if not name:
        raise UsageError("username is required")
    return name


def _password(arguments: Arguments, context: Context) -> str:
    if arguments.password and arguments.password_stdin:
        raise UsageError("--password and --password-stdin are mutually exclusive")
    if arguments.password:
        context.remark("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
        return str(arguments.password)
    if arguments.password_stdin:
        text = context.streams.stdin.read(_MAX_PASSWORD_BYTES).decode(errors="replace").rstrip("\r\n")
    elif context.streams.stdin.isatty():
        import getpass

        text = getpass.getpass("Password: ")
    else:
        raise UsageError(
            "cannot perform an interactive login from a non TTY device", hint="give the password to --password-stdin"
        )
    if not text:
        raise UsageError("password is required")
    return text
