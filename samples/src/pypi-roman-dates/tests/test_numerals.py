import pytest

from demo_roman_dates import RomanError, from_roman, to_roman


@pytest.mark.parametrize("number, numeral", [(1, "I"), (4, "IV"), (1990, "MCMXC"), (2026, "MMXXVI"), (3999, "MMMCMXCIX")])
def test_round_trip(number, numeral):
    assert to_roman(number) == numeral
    assert from_roman(numeral) == number


@pytest.mark.parametrize("text", ["", "IIII", "VX", "ABC"])
def test_malformed(text):
    with pytest.raises(RomanError):
        from_roman(text)
