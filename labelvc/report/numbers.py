"""Numbers as people read them."""

from __future__ import annotations

_DECIMALS = {"pixel": 2, "fraction": 4, "percent": 2, "second": 3}
_SUFFIX = {"pixel": " px", "percent": " %", "second": " s", "fraction": " of the image"}


def count(number: int, noun: str = "") -> str:
    """With thousands separators, and the noun in the right number.

    >>> count(1, "label"), count(2293, "label"), count(2, "category")
    ('1 label', '2,293 labels', '2 categories')
    """
    if not noun:
        return f"{number:,}"
    several = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else several}"


def signed(number: int) -> str:
    """A difference: +13, -2, 0."""
    return f"{number:+,}" if number else "0"


def amount(value: float, unit: str | None) -> str:
    """A coordinate or a time, to the digits that matter in its unit.

    >>> amount(12.0, "pixel"), amount(0.12345678, "fraction"), amount(1.5, "second")
    ('12', '0.1235', '1.5')
    """
    text = f"{value:.{_DECIMALS.get(unit or '', 2)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def length(value: float, unit: str | None) -> str:
    """A distance with its unit; one too small to show is told as such.

    >>> length(3.16, "pixel"), length(0.00001, "fraction")
    ('3.2 px', '<0.0001 of the image')
    """
    digits = 1 if unit == "pixel" else _DECIMALS.get(unit or "", 2)
    if 0 < value < 10**-digits:
        return f"<{10**-digits:g}{suffix(unit)}"
    return f"{value:.{digits}f}{suffix(unit)}"


def suffix(unit: str | None) -> str:
    """What stands after a number of this unit; nothing for characters and tokens."""
    return _SUFFIX.get(unit or "", "")


def step(before: str, after: str, exact: tuple[object, object]) -> str:
    """From one to the other; in full digits where rounding would hide the difference."""
    if before == after:
        before, after = (str(value) for value in exact)
    return f"{before} -> {after}"
