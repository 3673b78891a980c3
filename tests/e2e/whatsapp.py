"""One employee with form and WhatsApp on a real cluster: added, answered, rotated, refused, paused, taken away.

Run by name, `pytest tests/e2e/whatsapp.py`: it is not yet steady enough for every run of `make test`.
"""

import asyncio
import threading
from collections.abc import Iterator

import asyncpg
import httpx
import pytest
from cluster import Customer, Instance, replies, until
from whatsapp_cluster import ADA, BEN, Twilio, bind, channel, condition, outside, secret, twilio

pytestmark = [pytest.mark.kind, pytest.mark.timeout(600)]

QUESTION = "Until when can I restore a deleted task?"
EVERY_SECONDS = 1.1
"""Between two submissions: a form takes 60 in a minute and answers more with 429."""

OLD, NEW = "not-a-token", "not-a-token-either"


class Visitors:
    """People in front of the form all the time; what each submission was answered with."""

    def __init__(self, url: str) -> None:
        self._customer = Customer(url)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._submit)
        self.answers: list[int | str] = []

    def __enter__(self) -> "Visitors":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _submit(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.answers.append(self._customer.post(self._customer.form(QUESTION)).status_code)
            except httpx.TransportError as error:
                self.answers.append(type(error).__name__)


@pytest.fixture(scope="module")
def connected(
    quickstart: Instance, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Instance, Twilio, str, list[int | str]]]:
    """The quickstart's employee, with a WhatsApp channel added while customers use its form."""
    instance, url = quickstart, outside(quickstart)
    gateway = services["FTE_PODS_TO_HOST"]
    bind(instance, "website")
    instance.wait_ready()
    with twilio(tmp_path_factory.mktemp("twilio"), gateway, url) as double:
        with Visitors(url) as visitors:
            apply(instance, secret(instance, auth_token=OLD))
            apply(instance, channel(instance, double.url))
            bind(instance, "website", "whatsapp")
            ready(instance)
            until("visitors", lambda: len(visitors.answers) > 10, 60)
        yield instance, double, url, visitors.answers
    bind(instance, "website")
    instance.cluster.kubectl("-n", instance.namespace, "delete", "sch/whatsapp", "secret/twilio", "--ignore-not-found")


def apply(instance: Instance, manifest: str) -> None:
    instance.cluster.kubectl("apply", "-f", "-", stdin=manifest)


def ready(instance: Instance) -> None:
    """Until WhatsApp is Ready, and the employee's newest pods are all there are."""
    for name in _deployments(instance):
        instance.cluster.kubectl("-n", instance.namespace, "rollout", "status", f"deploy/{name}", "--timeout=180s")
    instance.cluster.kubectl(
        "-n", instance.namespace, "wait", "--for=condition=Ready", "sch/whatsapp", "--timeout=180s"
    )
    instance.wait_ready()
    until("old pods gone", lambda: not _ending(instance), 90)


def generations(instance: Instance) -> dict[str, int]:
    """How often each Deployment's template or size was changed."""
    names = (f"{instance.name}-api", f"{instance.name}-message-processor")
    found = {name: instance.cluster.get("deploy", instance.namespace, name) for name in names}
    return {
        name: int(each["metadata"]["annotations"]["deployment.kubernetes.io/revision"]) for name, each in found.items()
    }


def answered(double: Twilio, customer: str, count: int) -> str:
    """The ``count``-th message that the provider took for the customer, which is the last."""
    bodies = until(f"{count} answers", lambda: (found := double.accepted(customer))[count - 1 :] and found, 60)
    assert len(bodies) == count
    return bodies[-1]


def test_a_channel_is_added_while_no_form_fails(connected: tuple[Instance, Twilio, str, list[int | str]]) -> None:
    *_, answers = connected
    assert len(answers) > 5
    assert set(answers) == {202}


def test_a_signed_message_gets_one_answer_that_arrives(
    connected: tuple[Instance, Twilio, str, list[int | str]], services: dict[str, str]
) -> None:
    _, double, *_ = connected
    assert double.writes(ADA, QUESTION) == [200]
    body = answered(double, ADA, 1)
    assert "30 days" in body
    assert "Kind regards" not in body
    newest = "SELECT state FROM deliveries WHERE channel = 'whatsapp' ORDER BY first_sent_at DESC NULLS LAST LIMIT 1"
    until("delivered", lambda: asyncio.run(_value(services["FTE_DATABASE_URL"], newest)) == "delivered", 30)


def test_a_rotated_token_is_one_rollout_and_the_old_signature_holds_meanwhile(
    connected: tuple[Instance, Twilio, str, list[int | str]],
) -> None:
    instance, double, *_ = connected
    before = generations(instance)
    apply(instance, secret(instance, auth_token=NEW, auth_token_previous=OLD))
    until("a rollout", lambda: all(new == before[name] + 1 for name, new in generations(instance).items()), 60)
    ready(instance)
    assert double.writes(BEN, QUESTION) == [200]  # Twilio still signs with the old one
    double.order("account", auth_token=NEW)
    assert "30 days" in answered(double, BEN, 1)
    assert double.writes(BEN, "How long can a deleted task be restored?") == [200]
    assert generations(instance) == {name: count + 1 for name, count in before.items()}


def test_a_wrong_token_refuses_webhooks_and_says_so_while_the_form_goes_on(
    connected: tuple[Instance, Twilio, str, list[int | str]],
) -> None:
    instance, double, url, _ = connected
    apply(instance, secret(instance, auth_token="wrong", auth_token_previous="wrong-too"))
    try:
        until("refusal", lambda: double.writes(ADA, QUESTION)[-1:] == [403], 90)
        told = until(
            "condition", lambda: _false(condition(instance.cluster, instance.namespace, "CredentialsValid")), 120
        )
        assert told["reason"] == "CredentialsRefused"
        assert "twilio" in told["message"]
        assert _false(condition(instance.cluster, instance.namespace, "Ready"))
        assert replies(Customer(url).ask(QUESTION))[0]["author"] == "ai"
    finally:
        apply(instance, secret(instance, auth_token=NEW, auth_token_previous=OLD))
    until("accepted again", lambda: double.writes(ADA, "Thanks!")[-1:] == [200], 120)
    ready(instance)


def test_a_paused_channel_takes_nothing_in_and_the_form_goes_on(
    connected: tuple[Instance, Twilio, str, list[int | str]],
) -> None:
    instance, double, url, _ = connected
    _run_state(instance, "Paused")
    try:
        until("pause", lambda: double.writes(ADA, QUESTION)[-1:] == [503], 90)
        assert (
            until("told", lambda: _false(condition(instance.cluster, instance.namespace, "Ready")), 60)["reason"]
            == "Paused"
        )
        assert replies(Customer(url).ask(QUESTION))[0]["author"] == "ai"
    finally:
        _run_state(instance, "Active")
    until("taken in again", lambda: double.writes(ADA, "Thanks again!")[-1:] == [200], 120)
    ready(instance)


def test_a_deleted_channel_leaves_the_form_alone(
    connected: tuple[Instance, Twilio, str, list[int | str]],
) -> None:
    instance, _, url, _ = connected
    with Visitors(url) as visitors:
        bind(instance, "website")
        instance.cluster.kubectl("-n", instance.namespace, "delete", "sch/whatsapp")
        instance.wait_ready()
        assert replies(Customer(url).ask(QUESTION))[0]["author"] == "ai"
    assert set(visitors.answers) == {202}


def _deployments(instance: Instance) -> tuple[str, str]:
    return f"{instance.name}-api", f"{instance.name}-message-processor"


def _ending(instance: Instance) -> list[str]:
    """Pods that were told to stop and may still answer."""
    pods = instance.cluster.get("pod", instance.namespace)
    return [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" in pod["metadata"]]


def _run_state(instance: Instance, state: str) -> None:
    patch = f'{{"spec":{{"runState":"{state}"}}}}'
    instance.cluster.kubectl("-n", instance.namespace, "patch", "sch", "whatsapp", "--type=merge", "-p", patch)


def _false(found: dict[str, str]) -> dict[str, str] | None:
    return found if found.get("status") == "False" else None


async def _value(admin_url: str, query: str) -> object:
    connection = await asyncpg.connect(f"{admin_url.rsplit('/', 1)[0]}/helper")
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
