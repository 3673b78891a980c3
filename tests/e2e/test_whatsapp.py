"""One employee with form and WhatsApp on a real cluster: added, answered, rotated, refused, paused, taken away."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import randrange

import asyncpg
import pytest
from cluster import Customer, Instance, outside, replies, until
from rollouts import one_rollout, revisions, settled
from visitors import QUESTION, Visitors
from whatsapp_cluster import Twilio, bind, channel, condition, secret, twilio

pytestmark = [pytest.mark.kind, pytest.mark.timeout(600)]


@dataclass
class Connected:
    """An employee with a WhatsApp channel. ``token`` is what Twilio signs with; ``answers`` is what visitors of the
    form were answered while the channel was added."""

    instance: Instance
    double: Twilio
    url: str
    answers: list[int | str]
    token: str


@pytest.fixture(scope="module")
def connected(
    employee: Instance, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connected]:
    """The channel is added while customers use the form."""
    instance = employee
    instance.wait_ready()
    url = outside(instance)
    gateway = services["FTE_PODS_TO_HOST"]
    with twilio(tmp_path_factory.mktemp("twilio"), gateway, url) as double:
        with Visitors(url) as visitors:
            found = Connected(instance, double, url, visitors.answers, token="not-a-token")
            apply(instance, secret(instance, auth_token=found.token))
            listen(found)
            until("visitors", lambda: len(visitors.answers) > 10, 60)
        yield found


def listen(connected: Connected) -> None:
    """Add the channel, as an administrator would."""
    apply(connected.instance, channel(connected.instance, connected.double.url))
    bind(connected.instance, "website", "whatsapp", vendors=[connected.double.url])
    ready(connected.instance)


def apply(instance: Instance, manifest: str) -> None:
    instance.cluster.kubectl("apply", "-f", "-", stdin=manifest)


def ready(instance: Instance) -> None:
    """Until WhatsApp is Ready, and the employee's newest pods are all there are."""
    arguments = ["wait", "--for=condition=Ready", "sch/whatsapp", "--timeout=180s"]
    instance.cluster.kubectl("-n", instance.namespace, *arguments)
    settled(instance)


def someone() -> str:
    """A customer nobody has heard of."""
    return f"whatsapp:+4915{randrange(10**9):09d}"


def answered(double: Twilio, customer: str, count: int, seconds: float = 60) -> str:
    """The ``count``-th message that the provider took for the customer, which is the last."""
    bodies = until(f"{count} answers", lambda: (found := double.accepted(customer))[count - 1 :] and found, seconds)
    assert len(bodies) == count
    return bodies[-1]


def test_a_channel_is_added_while_no_form_fails(connected: Connected) -> None:
    assert len(connected.answers) > 5
    assert set(connected.answers) == {202}


def test_a_signed_message_gets_one_answer_that_arrives(connected: Connected, services: dict[str, str]) -> None:
    customer, double = someone(), connected.double
    assert double.writes(customer, QUESTION) == [200]
    body = answered(double, customer, 1)
    assert "30 days" in body
    assert "Kind regards" not in body
    database = f"{services['FTE_DATABASE_URL'].rsplit('/', 1)[0]}/{connected.instance.namespace}"
    until("delivered", lambda: asyncio.run(_states(database, customer)) == ["delivered"], 30)


def test_a_rotated_token_is_one_rollout_and_the_old_signature_holds_meanwhile(connected: Connected) -> None:
    instance, double, customer = connected.instance, connected.double, someone()
    new = f"{connected.token}-either"
    with one_rollout(instance):
        apply(instance, secret(instance, auth_token=new, auth_token_previous=connected.token))
    once = revisions(instance)
    assert double.writes(customer, QUESTION) == [200]  # Twilio still signs with the old one
    double.order("account", auth_token=new)
    connected.token = new
    assert "30 days" in answered(double, customer, 1)
    assert double.writes(customer, "How long can a deleted task be restored?") == [200]
    assert revisions(instance) == once


def test_a_wrong_token_refuses_webhooks_and_says_so_while_the_form_goes_on(connected: Connected) -> None:
    instance, double, customer = connected.instance, connected.double, someone()
    apply(instance, secret(instance, auth_token="wrong"))
    try:
        until("refusal", lambda: double.writes(customer, QUESTION)[-1:] == [403], 90)
        told = until("condition", lambda: _false(instance, "CredentialsValid"), 120)
        assert told["reason"] == "Rejected"
        assert "twilio" in told["message"]
        assert _false(instance, "Ready")
        assert replies(Customer(connected.url).ask(QUESTION))[0]["author"] == "ai"
    finally:
        apply(instance, secret(instance, auth_token=connected.token))
    until("accepted again", lambda: double.writes(customer, "Thanks!")[-1:] == [200], 120)
    ready(instance)


def test_a_paused_channel_takes_nothing_in_and_the_form_goes_on(connected: Connected) -> None:
    instance, double, customer, patient = connected.instance, connected.double, someone(), someone()
    _run_state(instance, "Paused")
    try:
        until("pause", lambda: double.writes(customer, QUESTION)[-1:] == [503], 90)
        told = until("told", lambda: _false(instance, "Ready"), 60)
        assert told["reason"] == "Paused"
        assert double.writes(patient, QUESTION)[-1:] == [503]
        assert replies(Customer(connected.url).ask(QUESTION))[0]["author"] == "ai"
    finally:
        _run_state(instance, "Active")
    until("taken in again", lambda: double.writes(customer, "Thanks again!")[-1:] == [200], 120)
    ready(instance)
    assert "30 days" in answered(double, patient, 1, seconds=120)  # read from Twilio's list


def test_a_deleted_channel_leaves_the_form_alone(connected: Connected) -> None:
    instance, double = connected.instance, connected.double
    with Visitors(connected.url) as visitors:
        instance.cluster.kubectl("-n", instance.namespace, "delete", "sch/whatsapp")
        try:
            until("refusal", lambda: double.writes(someone(), QUESTION)[-1:] in ([403], [404]), 90)
            assert replies(Customer(connected.url).ask(QUESTION))[0]["author"] == "ai"
        finally:
            listen(connected)
    assert set(visitors.answers) == {202}


def _run_state(instance: Instance, state: str) -> None:
    patch = f'{{"spec":{{"runState":"{state}"}}}}'
    instance.cluster.kubectl("-n", instance.namespace, "patch", "sch", "whatsapp", "--type=merge", "-p", patch)


def _false(instance: Instance, kind: str) -> dict[str, str] | None:
    found = condition(instance.cluster, instance.namespace, kind)
    return found if found.get("status") == "False" else None


async def _states(url: str, customer: str) -> list[str]:
    """What became of the parts sent to a customer."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT state FROM deliveries WHERE target ->> 'address' = $1", customer)
        return [row["state"] for row in rows]
    finally:
        await connection.close()
