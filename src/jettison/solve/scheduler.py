"""The scheduler: events in, commands out, no I/O, no clock, no threads.

Rules, for every vertex that the wanted ones need:

* It is *examined* once all its inputs are solved: whoever executes the command computes its cache key and looks it up.
* A hit solves it. A miss *executes* it, unless a vertex with an equal key is already being executed: then it waits and
  shares that result, or that failure.
* After the first failure nothing new starts, what runs is cancelled, and the solve ends when all of it has stopped.

=========  ===========  ==============================================
state      on           becomes
=========  ===========  ==============================================
BLOCKED    inputs done  EXAMINING  (command Examine)
EXAMINING  hit          SOLVED
EXAMINING  miss         EXECUTING  (command Execute), or WAITING
WAITING    twin solved  SOLVED
EXECUTING  result       SOLVED
any        error        FAILED, and the whole solve is stopping
=========  ===========  ==============================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from jettison.frozen import dataclass
from jettison.hints import Generic, TypeVar
from jettison.model.digest import Digest
from jettison.model.op import ExecOp, Vertex

R = TypeVar("R")


class State(Enum):
    """Where a vertex is on its way; see the table above."""

    BLOCKED = auto()
    EXAMINING = auto()
    WAITING = auto()
    EXECUTING = auto()
    SOLVED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Examine(Generic[R]):
    """Compute the cache key of a vertex and look for a result; ``inputs`` are aligned with the vertex's."""

    number: int
    inputs: tuple[R | None, ...]


@dataclass(frozen=True, slots=True)
class Execute(Generic[R]):
    """Do the work of a vertex and keep the result under ``key``."""

    number: int
    key: Digest
    inputs: tuple[R | None, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the work on a vertex; its command still ends with an event."""

    number: int


@dataclass(frozen=True, slots=True)
class Examined(Generic[R]):
    """The answer to :class:`Examine`."""

    number: int
    key: Digest
    result: R | None


@dataclass(frozen=True, slots=True)
class Executed(Generic[R]):
    """The answer to :class:`Execute`."""

    number: int
    result: R


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer to either command when it did not work out."""

    number: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Shared:
    """A vertex was solved by a twin with an equal key; told in :meth:`Scheduler.take_shared`."""

    number: int
    twin: int


class Scheduler(Generic[R]):
    """Solves one graph. Feed every answer to :meth:`handle`; it is finished when :attr:`running` is empty."""

    def __init__(self, vertices: Sequence[Vertex], wanted: Iterable[int]) -> None:
        self._vertices = vertices
        needed = needed_by(vertices, wanted)
        self.states: dict[int, State] = dict.fromkeys(sorted(needed), State.BLOCKED)
        self.results: dict[int, R] = {}
        self.running: set[int] = set()
        """Vertices with a command that has not been answered."""
        self.error: BaseException | None = None
        self._users = users_of(vertices, needed)
        self._executing: dict[Digest, int] = {}
        self._keys: dict[int, Digest] = {}
        """Those of the vertices that are executing."""
        self._twins: dict[int, list[int]] = {}
        self._shared: list[Shared] = []

    def start(self) -> list[Examine[R] | Execute[R] | Cancel]:
        """The commands for everything that needs no other vertex."""
        return self._examine_ready(self.states)

    def handle(self, event: Examined[R] | Executed[R] | Failed) -> list[Examine[R] | Execute[R] | Cancel]:
        """Take the answer to a command; return what to do next."""
        self.running.discard(event.number)
        if isinstance(event, Failed):
            return self._fail(event)
        if isinstance(event, Executed):
            self._forget_key(event.number)
            return self._solve(event.number, event.result)
        if event.result is not None:
            return self._solve(event.number, event.result)
        if self.error is not None:
            return []
        twin = self._executing.get(event.key)
        if twin is not None:
            self.states[event.number] = State.WAITING
            self._twins.setdefault(twin, []).append(event.number)
            return []
        self._executing[event.key] = event.number
        self._keys[event.number] = event.key
        self.states[event.number] = State.EXECUTING
        self.running.add(event.number)
        return [Execute(event.number, event.key, self._inputs(event.number))]

    def stop(self, error: BaseException) -> list[Examine[R] | Execute[R] | Cancel]:
        """End the solve from outside (Ctrl-C): cancel what runs, start nothing new."""
        if self.error is None:
            self.error = error
        return [Cancel(number) for number in sorted(self.running)]

    def take_shared(self) -> list[Shared]:
        """Vertices that were solved by their twins since the last call."""
        shared, self._shared = self._shared, []
        return shared

    def _solve(self, number: int, result: R) -> list[Examine[R] | Execute[R] | Cancel]:
        solved = [number, *self._twins.pop(number, ())]
        for vertex in solved:
            self.states[vertex] = State.SOLVED
            self.results[vertex] = result
        self._shared.extend(Shared(vertex, number) for vertex in solved[1:])
        if self.error is not None:
            return []
        return self._examine_ready(user for vertex in solved for user in self._users.get(vertex, ()))

    def _fail(self, event: Failed) -> list[Examine[R] | Execute[R] | Cancel]:
        self._forget_key(event.number)
        for vertex in (event.number, *self._twins.pop(event.number, ())):
            self.states[vertex] = State.FAILED
        return self.stop(event.error)

    def _examine_ready(self, candidates: Iterable[int]) -> list[Examine[R] | Execute[R] | Cancel]:
        commands: list[Examine[R] | Execute[R] | Cancel] = []
        for number in dict.fromkeys(candidates):
            inputs = self._vertices[number].inputs
            ready = all(source is None or self.states[source] is State.SOLVED for source in inputs)
            if self.states[number] is State.BLOCKED and ready:
                self.states[number] = State.EXAMINING
                self.running.add(number)
                commands.append(Examine(number, self._inputs(number)))
        return commands

    def _inputs(self, number: int) -> tuple[R | None, ...]:
        return tuple(None if source is None else self.results[source] for source in self._vertices[number].inputs)

    def _forget_key(self, number: int) -> None:
        key = self._keys.pop(number, None)
        if key is not None:
            del self._executing[key]


def needed_by(vertices: Sequence[Vertex], wanted: Iterable[int]) -> set[int]:
    """The wanted vertices and all that they are made of."""
    needed: set[int] = set()
    pending = list(wanted)
    while pending:
        number = pending.pop()
        if number not in needed:
            needed.add(number)
            pending.extend(source for source in vertices[number].inputs if source is not None)
    return needed


def users_of(vertices: Sequence[Vertex], needed: Iterable[int]) -> dict[int, list[int]]:
    """Vertex -> those among the needed ones that have it as an input, in order; each as often as it does."""
    users: dict[int, list[int]] = {}
    for number in sorted(needed):
        for source in vertices[number].inputs:
            if source is not None:
                users.setdefault(source, []).append(number)
    return users


def below_commands(vertices: Sequence[Vertex], wanted: Iterable[int]) -> set[int]:
    """The commands among what is needed for the wanted vertices, and all that they are made of."""
    needed = needed_by(vertices, wanted)
    return needed_by(vertices, (number for number in needed if isinstance(vertices[number].op, ExecOp)))
