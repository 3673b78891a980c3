"""One employee with a mailbox, WhatsApp and a form on a real cluster: each answered in its own form, once."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from random import randrange
from uuid import uuid4

import asyncpg
import httpx
import pytest
from cluster import Customer, Instance, Ticket, outside, replies, until
from gmail_cluster import DESK, Google, google, text, written
from gmail_cluster import channel as mailbox
from gmail_cluster import secret as mailbox_secret
from rollouts import settled
from visitors import QUESTION
from whatsapp_cluster import Twilio, bind, channel, condition, secret, twilio

pytestmark = [pytest.mark.kind, pytest.mark.timeout(600)]

OTHER_QUESTION = "How do I turn on two-step verification?"
CONVERSATIONS = """
SELECT DISTINCT conversation.id, conversation.handler
FROM conversations AS conversation
JOIN messages AS message ON message.conversation_id = conversation.id
JOIN customer_identifiers AS identifier ON identifier.id = message.sender_identifier_id
WHERE identifier.value_norm = $1
"""
MESSAGES = """
SELECT count(*)
FROM messages AS message
JOIN customer_identifiers AS identifier ON identifier.id = message.sender_identifier_id
WHERE identifier.value_norm = $1 AND message.direction = 'inbound'
"""
RECORDS = "SELECT customer_root(customer_id) AS customer FROM customer_identifiers WHERE value_norm IN ($1, $2)"


@dataclass(frozen=True)
class Desk:
    """An employee with three channels. ``url`` is where the outside reaches its API, ``database`` what it stores in."""

    instance: Instance
    google: Google
    twilio: Twilio
    url: str
    database: str

    def rows(self, statement: str, *arguments: str) -> list[asyncpg.Record]:
        """What the database says."""
        return asyncio.run(self._rows(statement, arguments))

    async def _rows(self, statement: str, arguments: tuple[str, ...]) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def desk(employee: Instance, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    employee.wait_ready()
    url, gateway = outside(employee), services["FTE_PODS_TO_HOST"]
    folder = tmp_path_factory.mktemp("vendors")
    with google(folder, gateway, url) as at_google, twilio(folder, gateway, url) as at_twilio:
        for manifest in (
            secret(employee, auth_token="not-a-token"),
            channel(employee, at_twilio.url),
            mailbox_secret(employee, at_google.credentials),
            mailbox(employee, at_google.url),
        ):
            apply(employee, manifest)
        bind(employee, "website", "whatsapp", "mail", vendors=[at_google.url, at_twilio.url])
        ready(employee)
        database = f"{services['FTE_DATABASE_URL'].rsplit('/', 1)[0]}/{employee.namespace}"
        yield Desk(employee, at_google, at_twilio, url, database)


def apply(instance: Instance, manifest: str) -> None:
    instance.cluster.kubectl("apply", "-f", "-", stdin=manifest)


def ready(instance: Instance) -> None:
    """Until every channel is Ready, and the employee's newest pods are all there are."""
    for name in ("website", "whatsapp", "mail"):
        arguments = ["wait", "--for=condition=Ready", f"sch/{name}", "--timeout=180s"]
        instance.cluster.kubectl("-n", instance.namespace, *arguments)
    settled(instance)


def somebody() -> str:
    """An address that nobody has heard of."""
    return f"ada-{uuid4().hex[:8]}@customer.example"


def test_a_mail_in_a_thread_gets_one_answer_to_what_it_says_itself(desk: Desk) -> None:
    ada = somebody()
    first = desk.google.arrives(written(ada, QUESTION, Message_ID="<1@customer.example>"))
    [answer] = desk.google.answers(ada, 1)
    assert "30 days" in text(answer)
    assert text(answer).startswith("Hello Ada,")
    assert "Kind regards" in text(answer)
    assert answer["Subject"] == "Re: A deleted task"
    assert (answer["In-Reply-To"], answer["Auto-Submitted"]) == ("<1@customer.example>", "auto-replied")

    desk.google.arrives(written(ada, OTHER_QUESTION, before=answer, Message_ID="<2@customer.example>"))
    again = desk.google.answers(ada, 2)[-1]
    assert again["In-Reply-To"] == "<2@customer.example>"
    assert again["Subject"] == "Re: A deleted task"
    assert len(desk.rows(CONVERSATIONS, ada)) == 1
    assert {entry["thread_id"] for entry in desk.google.entries(ada)} == {first["threadId"]}


def test_whatsapp_and_the_form_are_answered_beside_it(desk: Desk) -> None:
    customer = f"whatsapp:+4915{randrange(10**9):09d}"
    assert desk.twilio.writes(customer, QUESTION) == [200]
    [body] = until("an answer", lambda: desk.twilio.accepted(customer), 60)
    assert "30 days" in body
    assert "Kind regards" not in body
    ada = somebody()
    answered = Customer(desk.url).ask(QUESTION, email=ada)
    assert [reply["author"] for reply in replies(answered)] == ["ai"]
    [copy] = desk.google.answers(ada, 1)
    assert "30 days" in text(copy)
    assert QUESTION not in text(copy)


def test_a_customer_who_proves_a_mail_and_a_number_is_one_and_hears_of_the_first_ticket(desk: Desk) -> None:
    """The form's address by a code that was mailed, then the number's owner by another one to that address."""
    ada, form = somebody(), Customer(desk.url)
    ticket = form.submit(form.form(QUESTION, email=ada, subject="The vanished lighthouse"))
    desk.google.answers(ada, 1)  # the copy of the answer
    confirm(desk, ticket)
    confirm(desk, ticket, code=code_of(desk.google.answers(ada, 2)[-1]))
    until("confirmed", lambda: form.status(ticket)["address_confirmed"], 60)

    customer = f"whatsapp:+4915{randrange(10**9):09d}"
    before = says(desk, customer, "I wrote to you by mail yesterday. Any news?")
    assert "lighthouse" not in before and ada not in before, "the number alone opens nothing"
    asked = says(desk, customer, f"My e-mail address is {ada}")
    assert "code goes to a…@customer.example" in asked and "lighthouse" not in asked and ada not in asked
    known = says(desk, customer, f"The code is {code_of(desk.google.answers(ada, 3)[-1])}")
    assert "The vanished lighthouse" in known
    again = says(desk, customer, "Any news on my request from the form?")
    assert "The vanished lighthouse" in again
    assert len({row["customer"] for row in desk.rows(RECORDS, ada, customer.removeprefix("whatsapp:"))}) == 1


def confirm(desk: Desk, ticket: Ticket, **code: str) -> None:
    """Ask for a code on the ticket's page, or give it there."""
    url, headers = (
        f"{desk.url}/support/ticket/{ticket.ticket_id}/confirmation",
        {"Authorization": f"Bearer {ticket.token}"},
    )
    answered = httpx.post(url, headers=headers, json=code or None, timeout=15)
    assert answered.status_code == 202, answered.text


def code_of(mail: EmailMessage) -> str:
    [code] = re.findall(r"\b\d{6}\b", text(mail))
    return str(code)


def says(desk: Desk, customer: str, what: str) -> str:
    """Write on WhatsApp; what it is answered with."""
    before = len(desk.twilio.accepted(customer))
    assert desk.twilio.writes(customer, what) == [200]
    told = until(f"an answer to {what!r}", lambda: desk.twilio.accepted(customer)[before:], 60)
    return " ".join(told)


def test_a_push_that_google_did_not_sign_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk.google.order("push", push={"forged": "key"})
    until("refused", lambda: 401 in desk.google.statuses(), 30)
    answered = httpx.post(f"{desk.url}/webhooks/gmail", json={"message": {}}, timeout=15)
    assert answered.status_code == 401


def test_a_colleague_who_answers_from_the_mailbox_silences_the_employee(desk: Desk) -> None:
    ada = somebody()
    found = desk.google.arrives(written(ada, QUESTION, Message_ID="<3@customer.example>"))
    [answer] = desk.google.answers(ada, 1)
    reply = written(DESK, "I have restored it for you. Kim", before=answer, To=ada, Message_ID="<4@e2e.example>")
    desk.google.arrives(reply, labels=["SENT"], author="person")
    until("taken over", lambda: [row["handler"] for row in desk.rows(CONVERSATIONS, ada)] == ["human"], 60)
    after = desk.google.arrives(written(ada, OTHER_QUESTION, before=reply, Message_ID="<5@customer.example>"))
    assert after["threadId"] == found["threadId"]
    until("stored", lambda: [row["count"] for row in desk.rows(MESSAGES, ada)] == [2], 60)
    other = somebody()  # a mail that came later is answered: this one would have been by now
    desk.google.arrives(written(other, QUESTION, Message_ID="<6@customer.example>"))
    desk.google.answers(other, 1)
    assert len(desk.google.sent(ada)) == 1


def test_wrong_credentials_are_told_and_a_new_secret_heals_them_while_the_others_go_on(desk: Desk) -> None:
    apply(desk.instance, mailbox_secret(desk.instance, desk.google.credentials.replace("desk@project", "no@project")))
    told = until("told", lambda: false(desk, "CredentialsValid"), 90)
    assert told["reason"] == "Rejected"
    assert replies(Customer(desk.url).ask(QUESTION))[0]["author"] == "ai"
    customer = f"whatsapp:+4915{randrange(10**9):09d}"
    assert desk.twilio.writes(customer, QUESTION) == [200]
    until("an answer", lambda: desk.twilio.accepted(customer), 60)
    ada = somebody()
    desk.google.arrives(written(ada, QUESTION, Message_ID="<7@customer.example>"))
    apply(desk.instance, mailbox_secret(desk.instance, desk.google.credentials))
    ready(desk.instance)
    desk.google.answers(ada, 1, seconds=120)  # what came meanwhile is not lost


def false(desk: Desk, kind: str) -> dict[str, str] | None:
    found = condition(desk.instance.cluster, desk.instance.namespace, kind, "mail")
    return found if found.get("status") == "False" else None
