"""Roman numerals, and dates in the Roman calendar."""

from .calendar import RomanDate, to_roman_date
from .numerals import RomanError, from_roman, to_roman

__all__ = ["RomanDate", "RomanError", "from_roman", "to_roman", "to_roman_date"]
__version__ = "2.3.0"
