"""Jobs done by processes forked from this one: interpreters that do not wait for each other's lock.

A process with threads cannot fork and then run Python (docs/adr/0002): :func:`can_fork` tells whether this one may. A
forked process sees all that was there before, changes nothing outside of itself but what a job does, and only ever
says yes or no (docs/adr/0007): a job that has no answer is done again by whoever asked, and meets the same error there.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from jettison.hints import NoReturn
from jettison.sandbox.wire import Channel, channel_pair, receive_descriptors, receive_exactly, send_descriptors
from jettison.tuples import NamedTuple

_LEAST_WORKERS, _MOST_WORKERS = 2, 8
_JOB_BYTES = 4
_MOST_JOBS = 4096 // _JOB_BYTES
"""So many have room in any pipe, from which they are dealt out: one of a user with many pipes has a page (pipe(7))."""
_FRAME = struct.Struct("=BIQ")
"""What it is; the job; a number."""
_PROGRESS, _ANSWER, _NOTHING = 0, 1, 2
"""The number is how far the job has come; how many bytes of an answer follow; the job failed."""


class Answer(NamedTuple):
    """What came of a job."""

    data: bytes
    descriptors: Sequence[int] = ()
    """Open files; those of an answer that arrived belong to whoever asked."""


Tell = Callable[[int], object]
"""Is told how far a job has come."""
Do = Callable[[int, Tell], Answer]
"""Does a job in a process of its own; whatever it raises means that there is no answer."""


def can_fork() -> bool:
    """Whether this process may be forked, and has the use of several cores."""
    return threading.active_count() == 1 and _cores() > 1


def do_forked(jobs: Sequence[int], do: Do, on_progress: Callable[[int, int], object]) -> dict[int, Answer]:
    """Have the jobs done, begun in their order, as many at once as there are cores; the answers that there are.

    ``on_progress`` is called in this process with a job and how far it has come.
    """
    if len(jobs) > _MOST_JOBS:
        return {}
    workers: list[_Worker] = []
    deal, dealer = os.pipe2(os.O_CLOEXEC)
    try:
        try:
            os.write(dealer, b"".join(job.to_bytes(_JOB_BYTES, "little") for job in jobs))
        finally:
            os.close(dealer)
        with suppress(OSError):  # no more processes are allowed here
            while len(workers) < min(max(_cores(), _LEAST_WORKERS), _MOST_WORKERS, len(jobs)):
                workers.append(_fork(deal, do, workers))
        return _collect(workers, on_progress)
    finally:
        os.close(deal)
        for worker in workers:
            worker.end()


class _Worker(NamedTuple):
    """A process, and this side of the connection with it."""

    process: int
    channel: Channel

    def end(self) -> None:
        """Have it gone, whatever it does."""
        self.channel.close()
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _fork(deal: int, do: Do, others: Sequence[_Worker]) -> _Worker:
    ours, theirs = channel_pair()
    try:
        process = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        raise
    if process == 0:
        _work(deal, theirs, do, [ours, *(worker.channel for worker in others)])
    theirs.close()
    return _Worker(process, ours)


def _work(deal: int, channel: Channel, do: Do, not_ours: Sequence[Channel]) -> NoReturn:
    """Do jobs until there are no more, or nobody asks any longer; never returns."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked says when to end
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.disable()
        for other in not_ours:  # lest the end of this connection goes unnoticed
            other.close()
        while record := os.read(deal, _JOB_BYTES):
            _do(int.from_bytes(record, "little"), channel, do)
    finally:
        os._exit(0)


def _do(job: int, channel: Channel, do: Do) -> None:
    try:
        answer = do(job, lambda number: channel.sendall(_FRAME.pack(_PROGRESS, job, number)))
    except Exception:  # what it was, whoever asked finds out
        channel.sendall(_FRAME.pack(_NOTHING, job, 0))
        return
    send_descriptors(channel, _FRAME.pack(_ANSWER, job, len(answer.data)), answer.descriptors)
    channel.sendall(answer.data)
    for descriptor in answer.descriptors:
        os.close(descriptor)


def _collect(workers: Sequence[_Worker], on_progress: Callable[[int, int], object]) -> dict[int, Answer]:
    answers: dict[int, Answer] = {}
    channels = {worker.channel.fileno(): worker.channel for worker in workers}
    poll = select.poll()
    for number in channels:
        poll.register(number, select.POLLIN)
    while channels:
        for number, _ in poll.poll():
            if not _receive(channels[number], answers, on_progress):
                poll.unregister(number)
                del channels[number]
    return answers


def _receive(channel: Channel, answers: dict[int, Answer], on_progress: Callable[[int, int], object]) -> bool:
    """Take what a worker says; whether it is still there."""
    descriptors: list[int] = []
    try:
        begin, descriptors = receive_descriptors(channel, _FRAME.size)
        frame = begin + receive_exactly(channel, _FRAME.size - len(begin)) if begin else b""
        if len(frame) == _FRAME.size:
            kind, job, number = _FRAME.unpack(frame)
            if kind == _PROGRESS:
                on_progress(job, number)
                return True
            if kind == _NOTHING:
                return True
            data = receive_exactly(channel, number)
            if len(data) == number:
                answers[job] = Answer(data, descriptors)
                return True
    except ConnectionResetError:
        pass
    for descriptor in descriptors:
        os.close(descriptor)
    return False
