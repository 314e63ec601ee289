from datetime import date

from demo_roman_dates import to_roman_date


def test_anchors():
    assert str(to_roman_date(date(2026, 3, 15))) == "Idus Martias"
    assert str(to_roman_date(date(2026, 3, 14))) == "pridie Idus Martias"
    assert str(to_roman_date(date(2026, 12, 25))) == "ante diem VIII Kalendae Ianuarias"
