"""Kubernetes quantities, in the subset the schema allows: digits, up to three decimals, a suffix.

The API server stores a quantity in one canonical form. Builders send that form, so that comparing what is
desired with what is stored finds no difference where there is none.
Rules: k8s.io/apimachinery/pkg/api/resource, ``Quantity.CanonicalizeBytes``.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator

from fte_operator.api.shape import Shape

PATTERN = r"^([0-9]{1,15}m?|[0-9]{1,15}\.[0-9]{1,3}|[0-9]{1,6}(\.[0-9]{1,3})?(k|M|G|T|Ki|Mi|Gi|Ti))$"

_DECIMAL: Mapping[str, Fraction] = {
    suffix: Fraction(1000) ** power for power, suffix in enumerate(["m", "", "k", "M", "G", "T", "P", "E"], start=-1)
}
_BINARY: Mapping[str, Fraction] = {
    suffix: Fraction(1024) ** power for power, suffix in enumerate(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])
}
_PARTS = re.compile(r"([0-9.]+)([A-Za-z]*)")


def _as_text(value: object) -> object:
    """A whole number may be written without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Quantity = Annotated[str, Shape(PATTERN, "must be a quantity such as 250m, 0.5 or 512Mi"), BeforeValidator(_as_text)]


def amount(quantity: str) -> Fraction:
    """The number a quantity stands for: cores or bytes."""
    number, suffix = _split(quantity)
    return number * (_BINARY[suffix] if suffix in _BINARY else _DECIMAL[suffix])


def canonical(quantity: str) -> str:
    """The form in which the API server gives `quantity` back."""
    value, (_, suffix) = amount(quantity), _split(quantity)
    binary = suffix and suffix in _BINARY and value >= 1024 and value.denominator == 1
    units = _BINARY if binary else _DECIMAL
    whole = [name for name, unit in units.items() if (value / unit).denominator == 1] if value else [""]
    largest = max(whole, key=units.__getitem__)
    return f"{value / units[largest]}{largest}"


def _split(quantity: str) -> tuple[Fraction, str]:
    parts = _PARTS.fullmatch(quantity)
    if parts is None:
        raise ValueError(f"{quantity!r} is no quantity")
    return Fraction(parts[1]), parts[2]
