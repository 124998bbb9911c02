"""The names of the environment variables that count, and the folder of the store that they lead to.

Apart from the settings, since a remembered build needs no more of the environment than this.
"""

from __future__ import annotations

from collections.abc import Mapping

VARIABLES = (
    "BUILDKIT_PROGRESS",
    "BUILDX_NO_DEFAULT_ATTESTATIONS",
    "COLUMNS",
    "CONTAINERS_REGISTRIES_CONF",
    "DOCKER_CONFIG",
    "DOCKER_DEFAULT_PLATFORM",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "JETTISON_HOME",
    "JETTISON_ROOTFS",
    "NO_COLOR",
    "NO_PROXY",
    "REGISTRY_AUTH_FILE",
    "SOURCE_DATE_EPOCH",
    "TERM",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
"""All that are read by their name; the command line may name more."""


def store_home(environment: Mapping[str, str]) -> str:
    """The folder of the store: JETTISON_HOME, else ``jettison`` in the XDG data folder."""
    if home := environment.get("JETTISON_HOME"):
        return home
    data_folder = environment.get("XDG_DATA_HOME") or f"{environment.get('HOME') or '/'}/.local/share"
    return f"{data_folder}/jettison"
