"""What base images say about their own builds: read from beside them while the build goes on, and kept in the store.

A base that came from elsewhere than the store has its provenance there, too; with it the files of the base have lines
and sources, as those of bases that were built here.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.engine.images import FoundAway
from jettison.engine.request import Machine
from jettison.errors import IntegrityError, NotFoundError, RegistryError
from jettison.pools import ThreadPoolExecutor
from jettison.solve.events import Notice


class BaseStatements:
    """Reads what is said about some images, in the order given, on a thread of its own."""

    def __init__(self, images: Sequence[FoundAway], machine: Machine) -> None:
        self._machine = machine
        distinct = {found.image.manifest.config.digest: found for found in images}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="statements") if distinct else None
        self._jobs = [self._pool.submit(self._keep, found) for found in distinct.values()] if self._pool else []

    def finish(self) -> None:
        """Wait until all is read. What cannot be read is told, and no reason to fail."""
        for job in self._jobs:
            job.result()

    def close(self) -> None:
        """Read nothing more."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _keep(self, found: FoundAway) -> None:
        from jettison.attest.provenance_record import PREDICATE_TYPES

        builds, image_id = self._machine.store.builds, found.image.manifest.config.digest
        if builds.record(image_id) is not None or builds.provenance(image_id) is not None:
            return
        try:
            around = found.find_surroundings()
            about = found.image.descriptor.digest
            statement = None if around is None else around.statement(about, PREDICATE_TYPES)
        except (IntegrityError, NotFoundError, RegistryError) as error:
            text = f"the provenance beside the base image {image_id.short} cannot be read: {error.message}"
            self._machine.emit(Notice(message=text, time=self._machine.clock()))
            return
        if statement is not None:
            builds.keep_provenance(image_id, statement)
