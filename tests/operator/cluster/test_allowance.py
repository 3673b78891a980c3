"""What JSON takes once it is decoded, told before it is."""

import json
import tracemalloc

import pytest

from fte_operator.cluster.allowance import Allowance, weight
from fte_operator.cluster.errors import TooLarge

POD = {
    "metadata": {"name": "a", "labels": {"app": "a", "digitalfte.dev/owner-uid": "u"}},
    "spec": {
        "containers": [{"name": "a", "image": "b", "env": [{"name": f"N{n}", "value": f"v{n}"} for n in range(9)]}]
    },
}
SHAPES = {
    "objects of one entry": [{"name": "a"}] * 20_000,
    "objects of two": [{"name": f"a{n}", "value": n * 1_000} for n in range(20_000)],
    "objects of nine": [{f"k{n}": f"v{n}" for n in range(9)}] * 5_000,
    "empty objects": [{}] * 50_000,
    "empty lists": [[]] * 50_000,
    "keys": {f"{n:05x}": "" for n in range(20_000)},
    "texts": [f"{n:05x}" for n in range(50_000)],
    "numbers": [n * 1_000 for n in range(50_000)],
    "one text": {"a": 'Open at nine, {closed} on [Sundays], "always"\\\n' * 10_000},
    "a text beyond ASCII": ["ü" * 100_000],
    "a text of Greek": ["\N{GREEK SMALL LETTER ALPHA}" * 100_000],
    "a text and one smile": ["a" * 100_000 + "\N{GRINNING FACE}"],
    "pods": [POD] * 500,
}


def taken(content):
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        decoded = json.loads(content)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert decoded
    return after - before


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("compact", [True, False])
def test_the_weight_is_what_decoding_takes_and_not_much_more(shape, compact):
    content = json.dumps(SHAPES[shape], ensure_ascii=False, separators=(",", ":") if compact else None).encode()
    real = taken(content)
    assert real <= weight(content) <= 5 * real


def test_all_reads_of_one_reconcile_share_what_there_is():
    allowance, content = Allowance("what is ours", left=800), json.dumps([{"name": "a"}]).encode()
    allowance.take("GET /a", content)
    with pytest.raises(TooLarge, match="GET /b: what is ours takes more memory"):
        allowance.take("GET /b", content)
