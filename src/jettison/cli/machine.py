"""What the engine works with, made from the settings: the store, registries, the sandbox."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from types import FrameType

from jettison.cli.context import Context
from jettison.cli.environment import Settings
from jettison.engine.opening import Opening
from jettison.engine.request import Machine, RootMode
from jettison.errors import BuildError, CancelledError, UsageError
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform
from jettison.pools import ThreadPoolExecutor
from jettison.solve.events import Event
from jettison.solve.spans import Spans, untimed
from jettison.sources.access import RemoteAccess

if TYPE_CHECKING:
    from jettison.registry.client import RegistryClient
    from jettison.registry.mirrors import RegistriesConf
    from jettison.registry.settings import NetworkSettings, ProxySettings
    from jettison.sandbox.early import LauncherProcess
    from jettison.sandbox.interface import Sandbox
    from jettison.store import Store

_GIT_VARIABLES = ("PATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "ALL_PROXY", "all_proxy")
"""What git and ssh see of the environment, beside the proxies."""
_SYSTEM_CERTIFICATES = (Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d"))


@contextmanager
def open_machine(
    context: Context,
    emit: Callable[[Event], None],
    *,
    isolation: str = "auto",
    launcher: LauncherProcess | None = None,
    expected_commands: int = 0,
    spans: Spans = untimed,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[Machine]:
    """The machine for one command; its store, its sandbox and its connections are closed at the end.

    Where there are ``expected_commands``, which start at the same time, the sandbox is opened at once, in the
    background. ``meanwhile`` is called while the store is opened.
    """

    def open_sandbox() -> Sandbox:
        from jettison.sandbox.probe import choose

        sandbox = choose(isolation, launcher)
        sandbox.expect(expected_commands)
        return sandbox

    opening = Opening(open_sandbox, lambda sandbox: None)
    if expected_commands:
        import jettison.sandbox.probe  # noqa: F401 - by this thread: two that load modules hinder each other

        opening.prepare()
    with (
        closing(opening),
        _open_store(context, meanwhile) as store,
        _registry_when_asked(context.settings) as open_registry,
    ):
        yield Machine(
            store=store,
            open_registry=open_registry,
            open_sandbox=opening.sandbox if expected_commands else open_sandbox,
            root_mode=_root_mode(context.settings.root_mode),
            emit=emit,
            platform=native_platform(),
            clock=time.time,
            access=open_access(context.settings),
            spans=spans,
        )


@contextmanager
def _open_store(context: Context, meanwhile: Callable[[], object] | None) -> Iterator[Store]:
    """The store. A new one is made by a thread, which mostly waits for the disk, while this one goes on."""
    if meanwhile is None:
        opened = context.open_store
    else:
        pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        future = pool.submit(context.open_store)
        pool.shutdown(wait=False)
        opened = future.result
        try:
            meanwhile()
        except BaseException:
            if future.exception() is None:
                future.result().close()
            raise
    with opened() as store:
        yield store


def _root_mode(text: str) -> RootMode:
    try:
        return RootMode(text or RootMode.AUTO)
    except ValueError:
        known = ", ".join(RootMode)
        raise UsageError(f"invalid JETTISON_ROOTFS {text!r}: expected one of {known}") from None


def open_access(settings: Settings) -> RemoteAccess:
    """How web servers and repositories are reached: with the user's proxies, ssh and its agent."""

    def proxy_of(scheme: str, host: str) -> str | None:
        return proxy_settings(settings).proxy_of(scheme, host)

    variables = {name: settings.variables[name] for name in _GIT_VARIABLES if settings.variables.get(name)}
    return RemoteAccess(variables=variables | dict(settings.proxies), proxy_of=proxy_of)


def proxy_settings(settings: Settings) -> ProxySettings:
    """The proxies that the environment names."""
    from jettison.registry.settings import ProxySettings

    return ProxySettings(
        http=settings.proxy("HTTP_PROXY"),
        https=settings.proxy("HTTPS_PROXY"),
        exceptions=tuple(part.strip() for part in settings.proxy("NO_PROXY").split(",") if part.strip()),
    )


@contextmanager
def _registry_when_asked(settings: Settings) -> Iterator[Callable[[], RegistryClient]]:
    """Gives the client for all registries, which is made when somebody asks, and closed at the end."""
    made: list[RegistryClient] = []
    lock = Lock()

    def give() -> RegistryClient:
        with lock:
            if not made:
                made.append(_registry(settings))
            return made[0]

    try:
        yield give
    finally:
        for client in made:
            client.close()


def _registry(settings: Settings) -> RegistryClient:
    """With the user's mirrors, credentials, certificates and proxies."""
    from jettison.registry.client import RegistryClient
    from jettison.registry.credentials import CredentialStore

    return RegistryClient(
        conf=lambda: registries_conf(settings),
        credentials=CredentialStore(auth_files(settings)),
        settings=network_settings(settings),
    )


def registries_conf(settings: Settings) -> RegistriesConf:
    """The user's mirrors."""
    from jettison.registry.mirrors import find_registries_conf

    return find_registries_conf(settings.user_home, settings.registries_conf)


def network_settings(settings: Settings) -> NetworkSettings:
    """Certificates and proxies for registries."""
    from jettison.registry.settings import NetworkSettings

    return NetworkSettings(
        certificate_dirs=(
            settings.user_config / "containers/certs.d",
            settings.docker_config / "certs.d",
            *_SYSTEM_CERTIFICATES,
        ),
        proxies=proxy_settings(settings),
    )


def native_platform() -> Platform:
    """The platform of this machine."""
    return Platform.normal(os="linux", architecture=os.uname().machine)


@contextmanager
def time_limit(seconds: float | None, *, what: str = "not done", hint: str = "--timeout allows more") -> Iterator[None]:
    """Interrupt the body, as Ctrl-C does, when it takes longer; that is a :class:`BuildError`. Main thread only."""
    if seconds is None:
        yield
        return
    expired = False

    def expire(number: int, frame: FrameType | None) -> None:
        nonlocal expired
        expired = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except (KeyboardInterrupt, CancelledError):
        if expired:
            raise BuildError(f"{what} after {seconds:g} seconds", hint=hint) from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def auth_files(settings: Settings) -> tuple[Path, ...]:
    """The files with credentials, in order; ``login`` writes the first one."""
    if settings.registry_auth_file is not None:
        return (settings.registry_auth_file,)
    places = [settings.docker_config / "config.json", settings.user_config / "containers/auth.json"]
    if settings.runtime_folder is not None:
        places.insert(1, settings.runtime_folder / "containers/auth.json")
    return tuple(places)
