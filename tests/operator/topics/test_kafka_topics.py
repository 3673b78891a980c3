import asyncio
import json
import logging
import signal
import socket
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from fte_operator.topics import confined, kafka
from fte_operator.topics.base import (
    AuthenticationFailed,
    Claim,
    HostNotFound,
    KafkaUnreachable,
    OwnedByAnother,
    TLSFailed,
)
from fte_operator.topics.confined import ConfinedTopics
from fte_transport.access import KafkaAccess


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int = 1
    retention_ms: int = 3_600_000
    grow: bool = False


CLAIM = Claim("nobody.owner", "shop/helper")


@pytest.fixture
def topics(monkeypatch):
    """Each call looks anew, as calls some seconds apart do."""
    monkeypatch.setattr(confined, "_REMEMBERED_SECONDS", 0)
    return ConfinedTopics(10)


@pytest.fixture
def claim(name):
    return Claim(f"{name}.owner", "shop/helper")


@pytest.fixture
async def admin(kafka_bootstrap):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
async def name(admin):
    name = f"topics-{uuid4().hex[:8]}"
    yield name
    await admin.delete_topics([name, f"{name}.owner"])


async def settings(admin, name):
    [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {entry[0]: entry[1] for entry in response.resources[0][4]}


async def until_counted(admin, name, partitions):
    """A broker shows a change only once it has read the controller's log."""
    async with asyncio.timeout(10):
        while True:
            [topic] = await admin.describe_topics([name])
            if len(topic["partitions"]) == partitions:
                return
            await asyncio.sleep(0.01)


async def until_set(admin, name, expected):
    async with asyncio.timeout(10):
        while True:
            if expected.items() <= (await settings(admin, name)).items():
                return
            await asyncio.sleep(0.01)


@pytest.mark.kafka
async def test_a_missing_topic_is_created(topics, kafka_bootstrap, admin, name, claim):
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 3)]) == {name: 3}
    await until_counted(admin, name, 3)
    assert (await settings(admin, name))["retention.ms"] == "3600000"


@pytest.mark.kafka
async def test_what_is_there_stays_as_it_is(topics, kafka_bootstrap, admin, name, claim):
    await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 3)])
    await until_counted(admin, name, 3)
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 3)]) == {name: 3}
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 2, grow=True)]) == {name: 3}
    await until_counted(admin, name, 3)


@pytest.mark.kafka
async def test_partitions_grow_only_when_asked_for(topics, kafka_bootstrap, admin, name, claim):
    await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 2)])
    await until_counted(admin, name, 2)
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 4)]) == {name: 2}
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 4, grow=True)]) == {name: 4}
    await until_counted(admin, name, 4)


@pytest.mark.kafka
async def test_drifted_retention_is_repaired_and_other_settings_are_kept(topics, kafka_bootstrap, admin, name, claim):
    await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name)])
    await until_counted(admin, name, 1)
    drift = {"retention.ms": "1000", "max.message.bytes": "4194304"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, drift)])
    await until_set(admin, name, drift)
    await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name)])
    await until_set(admin, name, drift | {"retention.ms": "3600000"})


@pytest.mark.kafka
async def test_an_owner_topic_that_somebody_else_made_is_kept_for_ever_too(topics, kafka_bootstrap, admin, name, claim):
    """By a client whose question made it, a mirror, a restore: with the brokers' retention, and the claim in it."""
    drift = {"retention.ms": "1000", "retention.bytes": "1000", "max.message.bytes": "4194304"}
    await admin.create_topics([NewTopic(claim.topic, 1, 1, topic_configs=drift | {"cleanup.policy": "compact"})])
    await until_counted(admin, claim.topic, 1)
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name)]) == {name: 1}
    for_ever = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
    await until_set(admin, claim.topic, for_ever | {"max.message.bytes": "4194304"})


@pytest.mark.kafka
async def test_to_ask_for_a_topic_makes_none(kafka_bootstrap, claim, name, monkeypatch):
    """Where brokers make what they are asked for (``auto.create.topics.enable``), unless told not to."""
    asked, send = [], AIOKafkaClient.send

    async def noted(client, node_id, request, **options):
        if isinstance(request, MetadataRequest) and request._topics:
            asked.append((request._topics[0], request._allow_auto_topic_creation))
        return await send(client, node_id, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", noted)
    await kafka.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name)], 10)
    assert asked[0] == (claim.topic, False), "before it was made with its own settings"


async def test_no_broker_is_named_in_the_error():
    topics = ConfinedTopics(60)
    with pytest.raises(KafkaUnreachable, match=r"^no broker of 127\.0\.0\.1:1 answers; check"):
        await topics.ensure(KafkaAccess("127.0.0.1:1"), CLAIM, [Topic("t")])


@pytest.mark.kafka
async def test_one_dead_address_does_not_keep_another_waiting(topics, kafka_bootstrap, name, claim):
    with pytest.raises(KafkaUnreachable):
        await topics.ensure(KafkaAccess("127.0.0.1:1"), CLAIM, [Topic(name)])
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name)]) == {name: 1}


@pytest.mark.kafka
async def test_whoever_is_first_has_the_topics_for_ever(topics, kafka_bootstrap, admin, name, claim):
    """Two at once: one has them. Later the owner always does, and nobody else."""
    rival = Claim(claim.topic, "shop/rival")
    access = KafkaAccess(kafka_bootstrap)
    outcomes = await asyncio.gather(
        *(topics.ensure(access, each, [Topic(name)]) for each in (claim, rival)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, OwnedByAnother)]
    assert len(refused) == 1 and {name: 1} in outcomes
    winner, loser = (claim, rival) if outcomes[0] == {name: 1} else (rival, claim)
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), winner, [Topic(name)]) == {name: 1}
    with pytest.raises(OwnedByAnother, match=rf"belong to DigitalFTE {winner.owner.removeprefix('shop/')}, even if"):
        await topics.ensure(KafkaAccess(kafka_bootstrap), loser, [Topic(name)])
    assert (await settings(admin, claim.topic))["retention.ms"] == "-1"


@pytest.mark.kafka
async def test_nothing_is_made_for_a_stranger_and_the_owner_of_another_namespace_is_not_named(
    topics, kafka_bootstrap, admin, name, claim
):
    await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [])
    with pytest.raises(OwnedByAnother, match="an employee of another namespace") as refused:
        await topics.ensure(KafkaAccess(kafka_bootstrap), Claim(claim.topic, "bank/thief"), [Topic(name)])
    assert "shop" not in str(refused.value) and "helper" not in str(refused.value)
    assert name not in await admin.list_topics()


@pytest.mark.kafka
async def test_what_was_found_good_is_remembered_for_a_moment(kafka_bootstrap, name, claim, monkeypatch):
    topics = ConfinedTopics(10)
    known = await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 2)])

    async def child(*_):
        raise AssertionError("the same question needs no second child")

    monkeypatch.setattr(confined, "_run", child)
    assert await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, 2)]) == known
    for partitions, anew in ((3, False), (2, True)):
        with pytest.raises(AssertionError):
            await topics.ensure(KafkaAccess(kafka_bootstrap), claim, [Topic(name, partitions)], anew=anew)


async def test_dead_brokers_are_not_asked_again_at_once_but_later(monkeypatch):
    topics, asked = ConfinedTopics(0.2), []

    async def child(request, deadline):
        asked.append(request)
        return {"reason": "KafkaUnreachable", "message": "no broker", "cause": ""}

    monkeypatch.setattr(confined, "_run", child)
    again = []
    for _ in range(2):
        with pytest.raises(KafkaUnreachable, match="no broker") as unreachable:
            await topics.ensure(KafkaAccess("127.0.0.1:1"), CLAIM, [Topic("t")])
        again.append(unreachable.value.retry_after)
    assert len(asked) == 1
    assert again[0] is None, "by the queue's own growing pauses"
    assert 0 < again[1] <= 0.2, "as soon as somebody would be asked"
    async with asyncio.timeout(10):
        while len(asked) == 1:
            with pytest.raises(KafkaUnreachable):
                await topics.ensure(KafkaAccess("127.0.0.1:1"), CLAIM, [Topic("t")])
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("servers", ["nonsense:port", "a:0", "a:65536", ":9092", "a:9092,b"])
async def test_an_address_that_is_none_is_said(servers):
    with pytest.raises(KafkaUnreachable, match=rf"{servers} are no addresses.*HOST:PORT"):
        await ConfinedTopics(60).ensure(KafkaAccess(servers), CLAIM, [Topic("t")])


async def test_silent_and_refusing_brokers_make_one_text_that_does_not_change(monkeypatch):
    """The text is a condition's message: another one at every try would be a write at every try."""
    errors, heard = [OSError(111, "refused"), KafkaConnectionError("<b repr>, <a repr>"), None], []

    class Failing:
        async def start(self):
            if error := errors.pop():
                raise error
            await asyncio.Event().wait()

    async def unknown(access, seconds):
        heard.append(seconds)

    monkeypatch.setattr(kafka, "AIOKafkaAdminClient", lambda **_: Failing())
    monkeypatch.setattr(kafka, "refusal", unknown)
    texts = set()
    while errors:
        with pytest.raises(KafkaUnreachable) as unreachable:
            await kafka.ensure(KafkaAccess("a:1,b:1"), CLAIM, [Topic("t")], 0.1)
        texts.add(str(unreachable.value))
    assert texts == {"no broker of a:1,b:1 answers; check spec.kafka.bootstrapServers and that the brokers run"}
    assert min(heard) >= 1, "the reason of what failed at the last moment is heard as well"


async def test_a_name_without_an_address_is_told_from_a_broker_that_is_away(monkeypatch):
    """Only a person mends it; a name server that does not answer is waited for."""
    missing, away = socket.gaierror(socket.EAI_NONAME, "not known"), socket.gaierror(socket.EAI_AGAIN, "try again")

    def resolved(error):
        async def look_up(*_, **__):
            raise error

        return look_up

    loop = asyncio.get_running_loop()
    for error, told in ((missing, HostNotFound), (away, KafkaUnreachable)):
        monkeypatch.setattr(loop, "getaddrinfo", resolved(error))
        with pytest.raises(told, match=r"broker of kafka\.example:9092") as refused:
            await kafka.ensure(KafkaAccess("kafka.example:9092"), CLAIM, [], 5)
        assert refused.value.stalled == (told is HostNotFound)


RIGHT = KafkaAccess("a:1", authentication="ScramSha512", username="shop", password="canary-right")
WRONG = replace(RIGHT, password="canary-wrong")


@pytest.mark.parametrize("error", [AuthenticationFailed, TLSFailed, KafkaUnreachable])
@pytest.mark.parametrize(
    ("right", "neighbour"),
    [
        pytest.param(RIGHT, CLAIM, id="another log-in"),
        pytest.param(WRONG, Claim("bank.helper.owner", "bank/helper"), id="another namespace"),
        pytest.param(RIGHT, Claim("bank.helper.owner", "bank/helper"), id="both"),
    ],
)
async def test_one_that_fails_keeps_nobody_else_away(monkeypatch, error, right, neighbour):
    """The same brokers: what one asks of them, and as whom, is its own; it is not tried again at once, but later."""
    topics, tried, faulty, good = ConfinedTopics(0.2), [], (WRONG, CLAIM.owner), (right, neighbour.owner)

    async def child(request, deadline):
        asked = json.loads(request)
        tried.append((KafkaAccess(**asked["access"]), asked["claim"]["owner"]))
        return {"partitions": {"t": 1}} if tried[-1] == good else {"reason": error.reason, "message": "no", "cause": ""}

    monkeypatch.setattr(confined, "_run", child)
    for _ in range(2):
        with pytest.raises(error, match="no"):
            await topics.ensure(WRONG, CLAIM, [Topic("t")])
    for _ in range(2):
        assert await topics.ensure(right, neighbour, [Topic("t")]) == {"t": 1}
    assert tried == [faulty, good]
    async with asyncio.timeout(10):
        while tried == [faulty, good]:
            with pytest.raises(error):
                await topics.ensure(WRONG, CLAIM, [Topic("t")])
            await asyncio.sleep(0.01)
    assert tried[2:] == [faulty], "whatever was found out with another log-in"


@pytest.mark.kafka
async def test_a_log_in_at_a_port_that_takes_none_is_said(topics, kafka_bootstrap):
    words = rf"{kafka_bootstrap} takes no log-in at this port; leave kafka\.authentication out"
    with pytest.raises(AuthenticationFailed, match=words):
        await topics.ensure(replace(RIGHT, bootstrap_servers=kafka_bootstrap), CLAIM, [])


async def test_what_is_remembered_holds_no_credentials(monkeypatch):
    """Of a tenant's choice they are, and a megabyte each: the memory is the operator's."""

    async def child(request, deadline):
        good = json.loads(request)["access"] == asdict(RIGHT)
        return {"partitions": {}} if good else {"reason": "AuthenticationFailed", "message": "no", "cause": ""}

    monkeypatch.setattr(confined, "_run", child)
    topics = ConfinedTopics(10)
    await topics.ensure(RIGHT, CLAIM, [])
    with pytest.raises(AuthenticationFailed):
        await topics.ensure(WRONG, CLAIM, [])
    assert topics._good and topics._bad
    assert "canary" not in repr((topics._good, topics._bad))


def _proc(pid):
    """What every process of the same user may read of another."""
    return [Path(f"/proc/{pid}/{each}").read_bytes() for each in ("cmdline", "environ")]


async def test_credentials_go_to_a_child_by_its_stdin_alone(monkeypatch, caplog):
    """Not as arguments nor environment, which other programs may see; and not to the log."""
    caplog.set_level(logging.DEBUG)
    real, seen = asyncio.create_subprocess_exec, []

    async def spawn(*command, **pipes):
        process = await real(*command, **pipes)
        seen.extend(_proc(process.pid))
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    with pytest.raises(KafkaUnreachable) as failed:
        await ConfinedTopics(60).ensure(replace(RIGHT, bootstrap_servers="127.0.0.1:1"), CLAIM, [])
    assert len(seen) == 2 and b"fte_operator.topics.child" in seen[0]
    assert "127.0.0.1:1" in caplog.text
    assert "canary" not in caplog.text + repr(failed.value) + repr(seen)


@pytest.fixture
def held(monkeypatch):
    """Children that run until `go`; the addresses they were given."""
    running, go = set(), asyncio.Event()

    async def child(request, deadline):
        running.add(json.loads(request)["access"]["bootstrap_servers"])
        await go.wait()
        return {"partitions": {}}

    monkeypatch.setattr(confined, "_run", child)
    return running, go


def _asking(topics, servers, claim):
    return asyncio.create_task(topics.ensure(KafkaAccess(servers), claim, []))


async def let_go(running, go, tasks):
    """Once a good broker is asked beside the others."""
    async with asyncio.timeout(10):
        while "good:9092" not in running:  # noqa: ASYNC110 - the double's state, which tells nobody
            await asyncio.sleep(0)
    assert len(running) == 3, "two of the others at a time"
    go.set()
    await asyncio.gather(*tasks)


async def test_addresses_that_failed_before_leave_room_for_the_others(held):
    topics, (running, go) = ConfinedTopics(5), held
    claims = [Claim("a.owner", f"shop-{port}/helper") for port in range(1, 9)]
    known = [confined._who(f"shop-{port}", KafkaAccess(f"bad:{port}")) for port in range(1, 9)]
    topics._bad = dict.fromkeys(known, (0.0, "KafkaUnreachable", ""))
    tasks = [_asking(topics, f"bad:{n}", claim) for n, claim in enumerate(claims, 1)]
    tasks.append(_asking(topics, "good:9092", CLAIM))
    await let_go(running, go, tasks)
    assert len(running) == 9


async def test_one_namespace_leaves_room_for_the_others(held):
    """Also with addresses that nobody knows yet, each slow and never failing."""
    topics, (running, go) = ConfinedTopics(5), held
    claims = [Claim("a.owner", f"hostile/h{n}") for n in range(8)]
    tasks = [_asking(topics, f"slow:{n}", claim) for n, claim in enumerate(claims, 1)]
    tasks.append(_asking(topics, "good:9092", CLAIM))
    await let_go(running, go, tasks)
    assert len(running) == 9


@pytest.mark.parametrize("answer", ['{"partitions": {"t"', "", "[" * 9_999], ids=["cut off", "none", "deep"])
async def test_an_answer_that_cannot_be_read_is_an_outcome(monkeypatch, answer):
    """As of a child that died while it wrote."""
    real = asyncio.create_subprocess_exec
    program = f"import sys; sys.stdin.read(); print(); sys.stdout.write({answer!r})"

    async def spawn(*command, **pipes):
        return await real(sys.executable, "-c", program, **pipes)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    with pytest.raises(KafkaUnreachable, match="takes more memory or time than Kafka does; check that spec"):
        await ConfinedTopics(5).ensure(KafkaAccess("127.0.0.1:1"), CLAIM, [])


async def test_a_child_is_ended_with_the_reconcile_that_asked(monkeypatch):
    started = asyncio.Event()
    real, made = asyncio.create_subprocess_exec, []

    async def spawn(*command, **pipes):
        made.append(await real(sys.executable, "-c", "import time; time.sleep(600)", **pipes))
        started.set()
        return made[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    task = asyncio.create_task(ConfinedTopics(5).ensure(KafkaAccess("127.0.0.1:1"), CLAIM, []))
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    assert made[0].returncode == -signal.SIGKILL
