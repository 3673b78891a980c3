"""Whatever listens where a tenant points the operator: it costs that tenant an answer, and the operator nothing."""

import asyncio
import json
import os
import sys
from pathlib import Path

import certifi
import pytest
import yaml
from hostile_brokers import HOSTILE, MIB, listening

from fte_operator.settings import Settings
from fte_operator.topics import confined
from fte_operator.topics.base import AuthenticationFailed, Claim, KafkaUnreachable
from fte_operator.topics.confined import ConfinedTopics
from fte_transport.access import KafkaAccess

pytestmark = pytest.mark.slow

SECONDS = 1.0
CLAIM = Claim("bank.helper.owner", "bank/helper")
LIKE_ONE_THAT_WANTS_TLS = {"closing", "closing after a request"}


@pytest.mark.parametrize("name", HOSTILE)
async def test_it_ends_in_time_with_a_reason(name):
    async with listening(HOSTILE[name]) as servers:
        expected, remedy = KafkaUnreachable, r"check .*spec\.kafka\.bootstrapServers"
        if name in LIKE_ONE_THAT_WANTS_TLS:
            expected, remedy = AuthenticationFailed, r"set kafka\.tls and kafka\.authentication"
        with pytest.raises(expected, match=rf"{servers}.*{remedy}"):
            async with asyncio.timeout(60):  # beyond every bound; the bounds themselves count from the child's start
                await ConfinedTopics(SECONDS).ensure(KafkaAccess(servers), CLAIM, [])


GREEDY = """
from fte_operator.topics import child

child._confine(5)
bytearray({size})
print("taken")
"""


@pytest.mark.parametrize(("mib", "taken"), [(16, True), (64, False)])
async def test_a_child_cannot_take_more_than_its_bound(mib, taken):
    """However fast its broker sends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", GREEDY.format(size=mib * MIB)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    assert out == (b"taken\n" if taken else b""), said
    assert taken or b"MemoryError" in said


TRUSTING = """
import ssl
from fte_operator.topics import child

child._confine(5)
trusted = ssl.create_default_context()
assert trusted.cert_store_stats()["x509_ca"] > 100
bytearray({size})
print("taken")
"""


async def test_a_child_that_trusts_the_public_cas_has_room_for_its_work():
    """As with ``tls: {}``; Mozilla's CAs, as images have them."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", TRUSTING.format(size=40 * MIB)),
        env={**os.environ, "SSL_CERT_FILE": certifi.where()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    assert out == b"taken\n", said


DRIVER = """
import asyncio, json, resource, sys
from fte_operator.topics.base import Claim
from fte_operator.topics.confined import ConfinedTopics
from fte_transport.access import KafkaAccess

async def main():
    topics = ConfinedTopics(float(sys.argv[1]))
    claim = Claim("bank.helper.owner", "bank/helper")
    each = [topics.ensure(KafkaAccess(servers), claim, []) for servers in sys.argv[2:]]
    said = await asyncio.gather(*each, return_exceptions=True)
    [own] = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")]
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"said": [type(each).__name__ for each in said], "peaks": [own, child]}))

asyncio.run(main())
"""


async def test_all_at_once_stay_within_the_memory_that_is_shipped():
    """The operator's own 150 MiB, and the largest child as often as there are children."""
    [deployment] = [
        each
        for each in yaml.safe_load_all((Path(__file__).parents[3] / "deploy/operator.yaml").read_text())
        if each["kind"] == "Deployment"
    ]
    limit = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    async with (
        listening(HOSTILE["2 GiB announced"]) as a,
        listening(HOSTILE["right, then a flood"]) as b,
        listening(HOSTILE["a million versions"]) as c,
        listening(HOSTILE["endless ones"]) as d,
    ):
        seconds = str(Settings(runtime_image="-").kafka_seconds)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", DRIVER, seconds, a, b, c, d),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    found = json.loads(out)
    assert found["said"] == ["KafkaUnreachable"] * 4
    own, child = (kib / 1024 for kib in found["peaks"])
    assert own < 60, "nothing of a broker's is read here"
    assert 150 + confined.AT_ONCE * child < int(limit.removesuffix("Mi"))
