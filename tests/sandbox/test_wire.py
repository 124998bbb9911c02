"""Documents between the parent and its launcher."""

from __future__ import annotations

import os
import socket
import threading

from jettison.sandbox import wire


def test_documents_and_descriptors_arrive_in_order() -> None:
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    with ours, theirs:
        wire.send(ours, {"number": 1}, [writer])
        wire.send(ours, {"number": 2})
        os.close(writer)
        first, second = wire.receive(theirs), wire.receive(theirs)
    assert first is not None
    assert first[0] == {"number": 1}
    (received,) = first[1]
    assert not os.get_inheritable(received)
    os.write(received, b"x")
    os.close(received)
    assert os.read(reader, 9) == b"x"
    os.close(reader)
    assert second == ({"number": 2}, [])


def test_any_text_survives() -> None:
    document = {"texts": [os.fsdecode(bytes(range(1, 256))), "\0", "\U0010ffff", "\ud800"]}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, document)
        assert wire.receive(theirs) == (document, [])


def test_a_document_may_be_larger_than_any_buffer() -> None:
    document = {"text": "x" * (8 << 20)}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=wire.send, args=(ours, document))
        sender.start()
        assert wire.receive(theirs) == (document, [])
        sender.join()


def test_the_end_is_none_also_in_the_middle_of_a_document() -> None:
    for prefix in (b"", b"\x08", b"\x08\x00\x00\x00", b"\x08\x00\x00\x00[1,"):
        ours, theirs = socket.socketpair()
        with theirs:
            ours.sendall(prefix)
            ours.close()
            assert wire.receive(theirs) is None
