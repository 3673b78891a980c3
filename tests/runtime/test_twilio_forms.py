"""A webhook's form, read as the standard library reads one."""

import re
import time
from urllib.parse import parse_qsl, urlencode

import pytest
from hostile_requests import FORM, WEBHOOK_BODIES
from hypothesis import example, given
from hypothesis import strategies as st

from fte_runtime.channels.twilio_whatsapp.inbound import MAX_FIELDS, form_fields
from fte_runtime.errors import Malformed

PIECE = st.sampled_from(
    [
        "&",
        "=",
        "+",
        "\n",
        "\r\n",
        "_",
        "%3d",
        "%25",
        "%0A",
        "%",
        "%41",
        "%c3%a9",
        "%C3",
        "%zz",
        ";",
        "a",
        "B",
        "é",
        "\x00",
        " ",
    ]
)


def expected(body: bytes) -> list[tuple[str, str]] | None:
    """What the standard library makes of it, or None where it refuses, or takes a % that escapes nothing for a sign."""
    if re.search(rb"%(?![0-9a-fA-F]{2})", body):
        return None
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        return None


def read(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return form_fields(body)
    except Malformed:
        return None


@given(st.lists(PIECE, max_size=12).map(lambda pieces: "".join(pieces).encode()))
@example(b"Body=Gr%C3%BC%C3%9Fe+an+alle&Blank=&=&Twice=a&Twice=b&alone")
@example(b"Body=%ff")
def test_a_form_is_read_as_the_standard_library_reads_it(body):
    assert read(body) == expected(body)


@pytest.mark.parametrize("count", [MAX_FIELDS - 1, MAX_FIELDS, MAX_FIELDS + 1])
def test_fields_are_counted_as_the_standard_library_counts_them(count):
    body = urlencode([("a", "1")] * count).encode()
    assert read(body) == expected(body)


def cpu(read, body):
    took = []
    for _ in range(5):
        began = time.process_time()
        read(body)
        took.append(time.process_time() - began)
    return min(took)


FORMS = {name: body for name, (kind, body) in WEBHOOK_BODIES.items() if kind == FORM}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_whatever_is_escaped_is_read_in_a_fraction_of_the_standard_librarys_time(body):
    assert cpu(read, body) < cpu(expected_slowly, WEBHOOK_BODIES["escapes"][1]) / 2


def expected_slowly(body):
    parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
