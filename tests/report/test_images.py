"""The rows of images, history and containers."""

from jettison.model.config import HistoryEntry
from jettison.model.digest import Digest
from jettison.report.containers import CONTAINERS, container_row
from jettison.report.images import HISTORY, IMAGES, history_rows, image_row
from jettison.report.moments import parse_moment

NOW = 1_700_000_000.0
ID = Digest("sha256:" + "ab" * 32)


def test_an_image_without_name_is_none() -> None:
    """A dangling image is listed with <none>."""
    row = image_row(
        image_id=ID, repository="", tag="", digest="", created="2023-11-14T21:13:20Z", size_bytes=7_380_000, now=NOW
    )
    assert IMAGES.render([row]).splitlines()[1] == ("<none>       <none>    abababababab   About an hour ago   7.38MB")


def test_history_goes_from_the_newest_to_the_base() -> None:
    """The newest entry has the image's id, the others <missing>; empty layers are 0B; long commands are cut at 45."""
    entries = [
        HistoryEntry(created="2023-11-01T00:00:00.123456789Z", created_by="ADD file:1 in /"),
        HistoryEntry(created="2023-11-01T00:00:00Z", created_by='CMD ["sh"]', empty_layer=True, comment="buildkit"),
        HistoryEntry(created="2023-11-14T22:13:19Z", created_by="RUN " + "x" * 60),
    ]
    rows = list(history_rows(ID, entries, [7_000_000, 123], now=NOW))
    assert [row["ID"] for row in rows] == ["abababababab", "<missing>", "<missing>"]
    assert [row["Size"] for row in rows] == ["123B", "0B", "7MB"]
    assert rows[0]["CreatedBy"] == "RUN " + "x" * 40 + "…"
    assert rows[0]["CreatedSince"] == "1 second ago"
    assert HISTORY.render(rows).startswith("IMAGE          CREATED        CREATED BY")


def test_history_in_figures() -> None:
    """Not human: bytes and time stamps."""
    entry = HistoryEntry(created="2023-11-01T00:00:00.123456789Z", created_by="ADD file:1 in /")
    (row,) = history_rows(ID, [entry], [7_000_000], now=NOW, human=False, truncate=False)
    assert (row["ID"], row["Size"], row["CreatedSince"]) == (ID, "7000000", "2023-11-01T00:00:00Z")


def test_times_that_say_nothing_are_not_shown() -> None:
    """Go's zero time, an empty text and nonsense are no moment."""
    assert parse_moment("0001-01-01T00:00:00Z") is None
    assert parse_moment("") is None
    assert parse_moment("yesterday") is None
    assert parse_moment("1970-01-01T00:01:00+00:00") == 60


def test_a_container_that_has_ended() -> None:
    """As docker's ps -a."""
    row = container_row(
        container_id="c" * 64, name="eager_owl", image="app", command="python -m http.server 8000", created=NOW - 100,
        started=NOW - 90, finished=NOW - 30, running=False, exit_code=3, now=NOW,
    )  # fmt: skip
    assert CONTAINERS.render([row]).splitlines()[1] == (
        'cccccccccccc   app       "python -m http.serv…"   About a minute ago   Exited (3) 30 seconds ago'
        "             eager_owl"
    )
