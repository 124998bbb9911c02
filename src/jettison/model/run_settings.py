"""What the flags of a build say of every RUN."""

from __future__ import annotations

from jettison.enums import StrEnum
from jettison.frozen import dataclass
from jettison.model.op import Limit


class Entitlement(StrEnum):
    """What a Dockerfile may ask for only where the user of the build allows it (BuildKit: ``util/entitlements``)."""

    NETWORK_HOST = "network.host"
    SECURITY_INSECURE = "security.insecure"
    DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """The circumstances that commands run in, as far as the Dockerfile does not say otherwise."""

    network: str = "default"
    extra_hosts: tuple[tuple[str, str], ...] = ()
    """Name and address, or ``host-gateway``."""
    allowed: frozenset[Entitlement] = frozenset()
    shm_size_bytes: int = 0
    """Of /dev/shm; 0: docker's default."""
    limits: tuple[Limit, ...] = ()
    control_group_parent: str = ""
