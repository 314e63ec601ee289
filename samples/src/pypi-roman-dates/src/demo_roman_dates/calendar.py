"""Dates as the Romans counted them: backwards from the Kalends, Nones and Ides."""

from dataclasses import dataclass
from datetime import date, timedelta

from .numerals import to_roman

_LATE_MONTHS = {3, 5, 7, 10}
_MONTHS = [
    "Ianuarias",
    "Februarias",
    "Martias",
    "Apriles",
    "Maias",
    "Iunias",
    "Iulias",
    "Augustas",
    "Septembres",
    "Octobres",
    "Novembres",
    "Decembres",
]


@dataclass(frozen=True)
class RomanDate:
    """Days before a fixed day of a month, counted inclusively."""

    days: int
    anchor: str
    month: int

    def __str__(self) -> str:
        month = _MONTHS[self.month - 1]
        if self.days == 1:
            return f"{self.anchor} {month}"
        if self.days == 2:
            return f"pridie {self.anchor} {month}"
        return f"ante diem {to_roman(self.days)} {self.anchor} {month}"


def _anchors(day: date):
    late = 2 if day.month in _LATE_MONTHS else 0
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return [
        (day.replace(day=1), "Kalendae"),
        (day.replace(day=5 + late), "Nonae"),
        (day.replace(day=13 + late), "Idus"),
        (following, "Kalendae"),
    ]


def to_roman_date(day: date) -> RomanDate:
    """Return the Roman date of a day."""
    for anchor, name in _anchors(day):
        if day <= anchor:
            return RomanDate((anchor - day).days + 1, name, anchor.month)
    raise AssertionError("the next Kalends follow every day")
