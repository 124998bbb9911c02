"""What one request fetches with, for whoever reads a build and does not carry it out."""

from __future__ import annotations

from contextlib import ExitStack, closing

from jettison.engine.credentials import Credentials, with_secrets
from jettison.engine.git_step import Repositories
from jettison.engine.layers import Layers
from jettison.engine.request import BuildRequest, Machine


def open_repositories(request: BuildRequest, machine: Machine, stack: ExitStack) -> Repositories:
    """Layers under a lease, and the network with the secrets of the request; ``stack`` closes it all."""
    lease = stack.enter_context(machine.store.lease())
    layers = stack.enter_context(closing(Layers(machine.store)))
    credentials = stack.enter_context(Credentials(request.secrets, request.agents))
    return Repositories(
        store=machine.store,
        layers=layers,
        lease=lease,
        access=with_secrets(machine.access, [credentials]),
        clock=machine.clock,
    )
