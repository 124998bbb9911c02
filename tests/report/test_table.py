"""Tables with docker's spacing."""

from jettison.report.table import align, ellipsis, printable, render_table


def test_columns_are_aligned_as_docker_does() -> None:
    """Cells are at least ten columns wide and three apart; the last column is not padded."""
    text = render_table(
        ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
        [["alpine", "3.19", "05455a08881e", "8 weeks ago", "7.38MB"]],
    )
    assert text == (
        "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE\n"
        "alpine       3.19      05455a08881e   8 weeks ago   7.38MB\n"
    )


def test_an_empty_table_is_its_headers() -> None:
    """Without rows the header line stands alone, spaced as docker's."""
    assert render_table(["CONTAINER ID", "IMAGE", "NAMES"], []) == "CONTAINER ID   IMAGE     NAMES\n"


def test_cells_cannot_steer_the_terminal() -> None:
    """Escape sequences in names lose their escape; line breaks become spaces."""
    assert render_table(["NAME"], [["a\x1b[31mb\nc\u202e"]]) == "NAME\na[31mb c\n"


def test_bytes_that_are_no_text_show_as_such() -> None:
    """As everywhere, and not as what Python keeps for them; columns are as wide as what is shown."""
    assert printable("caf\udce9") == "caf\\xe9"
    assert align([["\udcff\udcfe1234567", "x"], ["1", "y"]]).splitlines() == [
        "\\xff\\xfe1234567   x",
        "1                 y",
    ]


def test_an_ellipsis_takes_the_last_place() -> None:
    """The cut text has exactly the length asked for."""
    assert ellipsis("x" * 45, 45) == "x" * 45
    assert ellipsis("x" * 46, 45) == "x" * 44 + "…"
