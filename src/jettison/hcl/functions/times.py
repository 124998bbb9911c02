"""Functions on points in time, which are texts after RFC 3339 or seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from jettison.hcl.functions.interface import Function, FunctionError, any_of, number_of, text_of, whole
from jettison.hcl.types import NUMBER, STRING
from jettison.hcl.values import Value, number, object_of, string
from jettison.patterns import late_pattern
from jettison.text.durations import parse_duration

_RFC3339 = late_pattern(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_FORMAT = late_pattern(r"'(?:[^']|'')*'?|([a-zA-Z])\1*|[^a-zA-Z']+")


def parse_time(text: str, place: int) -> datetime:
    """The point in time that a text names. Raises :class:`FunctionError` for argument ``place``."""
    match = _RFC3339.fullmatch(text)
    try:
        if match is None:
            raise ValueError("as in 2006-01-02T15:04:05Z")
        return datetime.fromisoformat(match[1] + (match[2] or "")[:7] + match[3])
    except ValueError as error:
        raise FunctionError(f"this is no RFC 3339 timestamp: {error}", place) from None


def rfc3339(moment: datetime) -> str:
    """The text of a point in time, to the second."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def from_unix(values: Sequence[Value], place: int) -> datetime:
    """The point in time that an argument counts the seconds of."""
    try:
        return datetime.fromtimestamp(whole(values, place), UTC)
    except (ValueError, OverflowError, OSError):
        raise FunctionError("no such time", place) from None


def _format_date(values: Sequence[Value]) -> Value:
    return string(_formatted(values[0].text, parse_time(values[1].text, 1)))


def _format_timestamp(values: Sequence[Value]) -> Value:
    if values[1].type == STRING:
        moment = parse_time(values[1].text, 1)
    elif values[1].type == NUMBER:
        moment = from_unix(values, 1)
    else:
        raise FunctionError("must be a string timestamp or a unix timestamp number", 1)
    if values[0].text == "X":
        return string(str(int(moment.timestamp())))
    return string(_formatted(values[0].text, moment))


def _formatted(pattern: str, moment: datetime) -> str:
    parts = []
    for match in _FORMAT.finditer(pattern):
        piece = match[0]
        if piece.startswith("'"):
            if len(piece) == 1 or not piece.endswith("'"):
                raise FunctionError("unterminated literal '", 0)
            parts.append("'" if piece == "''" else piece[1:-1].replace("''", "'"))
        elif match[1] is not None:
            verbs = _verbs(moment)
            if piece not in verbs:
                known = ", ".join(sorted({verb for verb in verbs if verb[0] == piece[0]})) or "none with this letter"
                raise FunctionError(f"invalid date format verb {piece!r}: there is {known}", 0)
            parts.append(verbs[piece])
        else:
            parts.append(piece)
    return "".join(parts)


def _verbs(moment: datetime) -> dict[str, str]:
    hour12 = moment.hour % 12 or 12
    noon = "AM" if moment.hour < 12 else "PM"
    month, day = _MONTHS[moment.month - 1], _DAYS[moment.weekday()]
    offset = moment.strftime("%z")[:5] or "+0000"
    colon = f"{offset[:3]}:{offset[3:]}"
    return {
        "YY": f"{moment.year % 100:02d}",
        "YYYY": f"{moment.year:04d}",
        "M": str(moment.month),
        "MM": f"{moment.month:02d}",
        "MMM": month[:3],
        "MMMM": month,
        "D": str(moment.day),
        "DD": f"{moment.day:02d}",
        "EEE": day[:3],
        "EEEE": day,
        "h": str(moment.hour),
        "hh": f"{moment.hour:02d}",
        "H": str(hour12),
        "HH": f"{hour12:02d}",
        "AA": noon,
        "aa": noon.lower(),
        "m": str(moment.minute),
        "mm": f"{moment.minute:02d}",
        "s": str(moment.second),
        "ss": f"{moment.second:02d}",
        "Z": "Z" if offset == "+0000" else colon,
        "ZZZ": "UTC" if offset == "+0000" else offset,
        "ZZZZ": offset,
        "ZZZZZ": colon,
    }


def _add(values: Sequence[Value]) -> Value:
    moment = parse_time(values[0].text, 0)
    try:
        return string(rfc3339(moment + timedelta(microseconds=parse_duration(values[1].text) / 1000)))
    except (ValueError, OverflowError) as error:
        raise FunctionError(f"duration {values[1].text!r}: {error}", 1) from None


def _unix_parse(values: Sequence[Value]) -> Value:
    moment = from_unix(values, 0)
    iso = moment.isocalendar()
    numbers = {
        "year": moment.year,
        "year_day": moment.timetuple().tm_yday,
        "day": moment.day,
        "month": moment.month,
        "weekday": moment.isoweekday() % 7,
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
        "iso_year": iso.year,
        "iso_week": iso.week,
    }
    texts = {
        "month_name": _MONTHS[moment.month - 1],
        "weekday_name": _DAYS[moment.weekday()],
        "rfc3339": rfc3339(moment),
    }
    return object_of(
        {name: number(amount) for name, amount in numbers.items()}
        | {name: string(text) for name, text in texts.items()}
    )


FUNCTIONS = (
    Function("formatdate", (text_of("format"), text_of("time")), _format_date),
    Function("formattimestamp", (text_of("format"), any_of("time")), _format_timestamp),
    Function("timeadd", (text_of("timestamp"), text_of("duration")), _add),
    Function("unixtimestampparse", (number_of("unix_timestamp"),), _unix_parse),
)
