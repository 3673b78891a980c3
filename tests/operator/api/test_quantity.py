"""Quantities against the table of k8s.io/apimachinery's own tests, and by their laws."""

import re
from fractions import Fraction

import pytest
from custom_resources import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from fte_operator.api.quantity import PATTERN, amount, canonical

quantities = st.from_regex(PATTERN.replace("^", r"\A").replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("0", "0"),
        ("0Gi", "0"),
        ("1", "1"),
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("1000m", "1"),
        ("1100m", "1100m"),
        ("250m", "250m"),
        ("1000", "1k"),
        ("1024", "1024"),
        ("1500M", "1500M"),
        ("1000M", "1G"),
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("0.5Gi", "512Mi"),
        ("0.5Ki", "512"),
        ("1.5Ki", "1536"),
        ("1.001Ki", "1025024m"),
        ("1Gi", "1Gi"),
        ("1024Gi", "1Ti"),
        ("00010Mi", "10Mi"),
    ],
)
def test_canonical_form(written: str, stored: str) -> None:
    assert canonical(written) == stored


@EXAMPLES
@given(quantities)
def test_canonical_form_is_the_same_amount_and_final(written: str) -> None:
    assert amount(canonical(written)) == amount(written)
    assert canonical(canonical(written)) == canonical(written)


@EXAMPLES
@given(quantities)
def test_canonical_form_has_no_fraction(written: str) -> None:
    assert re.fullmatch(r"[0-9]+[A-Za-z]*", canonical(written))


def test_amounts_compare_across_units() -> None:
    assert amount("500m") == Fraction(1, 2)
    assert amount("1Gi") == 2**30 > amount("1G") == 10**9


def test_not_a_quantity() -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        amount("-1")
