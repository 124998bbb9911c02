"""The environment as jettison reads it: the only place that looks at environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jettison.cli.variables import store_home
from jettison.errors import UsageError
from jettison.frozen import dataclass

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Read in upper and in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says about where things are and how to look."""

    user_home: Path
    """HOME."""
    home: Path
    """``--home``, else JETTISON_HOME, else the XDG data folder."""
    docker_config: Path
    """The folder of docker's ``config.json``: DOCKER_CONFIG, else ``~/.docker``."""
    registries_conf: Path | None
    """CONTAINERS_REGISTRIES_CONF."""
    registry_auth_file: Path | None
    """REGISTRY_AUTH_FILE, as podman and skopeo read it."""
    user_config: Path
    """XDG_CONFIG_HOME, else ``~/.config``."""
    runtime_folder: Path | None
    """XDG_RUNTIME_DIR."""
    progress: str
    """BUILDKIT_PROGRESS: the default of ``--progress``, as with docker."""
    no_color: bool
    term: str
    columns: int | None
    """COLUMNS: the width of help texts and tables."""
    source_date_epoch: int | None
    """SOURCE_DATE_EPOCH: the seconds to put in for every time stamp of the image."""
    root_mode: str
    """JETTISON_ROOTFS: whether the layers of a root are mounted or unpacked; empty: as it works best."""
    default_platform: str
    """DOCKER_DEFAULT_PLATFORM: the default of ``--platform``."""
    proxies: tuple[tuple[str, str], ...]
    """The proxy variables that are set, sorted."""
    variables: Mapping[str, str]
    """All variables: the values of ``--build-arg NAME`` and ``-e NAME``."""

    def proxy(self, name: str) -> str:
        """The value of a proxy variable, in upper case before lower case; empty where there is none."""
        found = dict(self.proxies)
        return found.get(name) or found.get(name.lower()) or ""


def read_settings(environment: Mapping[str, str], home: str | None = None) -> Settings:
    """The settings that ``environment`` and the flag ``--home`` give; :class:`UsageError` for values without sense."""
    user_home = Path(environment.get("HOME") or "/")
    columns = environment.get("COLUMNS", "")
    return Settings(
        user_home=user_home,
        home=Path(home or store_home(environment)),
        docker_config=_path(environment, "DOCKER_CONFIG") or user_home / ".docker",
        registries_conf=_path(environment, "CONTAINERS_REGISTRIES_CONF"),
        registry_auth_file=_path(environment, "REGISTRY_AUTH_FILE"),
        user_config=_path(environment, "XDG_CONFIG_HOME") or user_home / ".config",
        runtime_folder=_path(environment, "XDG_RUNTIME_DIR"),
        progress=environment.get("BUILDKIT_PROGRESS", ""),
        no_color=bool(environment.get("NO_COLOR")),
        term=environment.get("TERM", ""),
        columns=int(columns) if columns.isdecimal() and int(columns) > 0 else None,
        source_date_epoch=_source_date_epoch(environment.get("SOURCE_DATE_EPOCH", "")),
        root_mode=environment.get("JETTISON_ROOTFS", ""),
        default_platform=environment.get("DOCKER_DEFAULT_PLATFORM", ""),
        proxies=tuple(
            sorted(
                (name, environment[name])
                for upper in PROXY_VARIABLES
                for name in (upper, upper.lower())
                if environment.get(name)
            )
        ),
        variables=dict(environment),
    )


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None


def _source_date_epoch(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal():
        raise UsageError(f"invalid SOURCE_DATE_EPOCH {text!r}: expected seconds since 1970 as a number")
    return int(text)
