"""Conversion between integers and Roman numerals."""

import re

_SYMBOLS = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
]

_VALID = re.compile(r"M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})", re.IGNORECASE)


class RomanError(ValueError):
    """Raised for a number out of range or a malformed numeral."""


def to_roman(number: int) -> str:
    """Return the numeral of a number from 1 to 3999."""
    if not 1 <= number <= 3999:
        raise RomanError(f"{number} is not between 1 and 3999")
    parts = []
    for value, symbol in _SYMBOLS:
        count, number = divmod(number, value)
        parts.append(symbol * count)
    return "".join(parts)


def from_roman(numeral: str) -> int:
    """Return the number of a numeral in its standard form."""
    text = numeral.strip().upper()
    if not text or not _VALID.fullmatch(text):
        raise RomanError(f"{numeral!r} is not a Roman numeral")
    total = 0
    position = 0
    for value, symbol in _SYMBOLS:
        while text.startswith(symbol, position):
            total += value
            position += len(symbol)
    return total
