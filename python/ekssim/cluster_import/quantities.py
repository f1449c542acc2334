"""Amounts as Kubernetes writes them, as exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

__all__ = ["amount"]

_SUFFIXES: Final = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}


def amount(text: Any) -> Fraction | None:
    """
    >>> amount("1500m"), amount("2Ki"), amount(4), amount("many")
    (Fraction(3, 2), Fraction(2048, 1), Fraction(4, 1), None)
    """
    text = str(text)
    number = text.rstrip("numkKMGTPEi")
    suffix = text[len(number) :]
    try:
        return Fraction(number) * _SUFFIXES[suffix]
    except (ValueError, KeyError, ZeroDivisionError):
        return None
