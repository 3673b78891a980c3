"""POST /support/submit: what is taken, what is refused and how, and what is published."""

import asyncio
import json
from itertools import count
from uuid import UUID, uuid4

import pytest
from api_world import WEBSITE, an_api
from runtime_doubles import FakeClock

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier
from fte_runtime.asgi import raw_route, turns
from fte_runtime.channels.web_form import limits, repeats
from fte_runtime.channels.web_form.limits import MAX_BODY_BYTES
from fte_runtime.config import ChannelSettings
from fte_runtime.events import RAW_EVENT, decode
from fte_runtime.tokens import digest

INCOMING = "fte.tickets.incoming"


async def test_a_form_becomes_one_acknowledged_record(api):
    response = await api.submit(message="Where\0 is it?", name=" Ada \n L. ", priority="high")
    assert response.status_code == 202
    body = response.json()
    assert set(body) == {"ticket_id", "status_url", "token", "message", "estimated_response_time"}
    assert body["status_url"] == f"https://help.example.org/support/ticket/{body['ticket_id']}#{body['token']}"
    [(key, value, _)] = api.publisher.on(INCOMING)
    assert key == b"web_form:ada@example.org"
    assert json.loads(value)["dataversion"] == 2
    message = decode(value)
    assert (message.source, message.channel, message.channel_name) == ("web_form", WEB_FORM, "website")
    assert message.ticket_id == UUID(body["ticket_id"])
    assert message.thread_key == body["ticket_id"]
    assert message.sender == Identifier("email", "Ada@Example.org", verified=False)
    assert (message.body, message.display_name) == ("Where is it?", "Ada L.")
    assert (message.category, message.priority, message.subject) == ("billing", "high", "Invoices")
    assert message.status_token_sha256 == digest(body["token"])
    assert message.occurred_at == api.clock.now()


async def test_the_raw_event_travels_beside_the_message(api):
    raw = json.dumps(api.form(), indent=1).encode()
    await api.http.post("/support/submit", content=raw, headers={"content-type": "application/json"})
    [(_, _, headers)] = api.publisher.on(INCOMING)
    assert headers[RAW_EVENT] == raw


async def test_the_same_submission_is_the_same_ticket_and_message(api, two_forms):
    form = api.form(channel="website")
    first = await api.http.post("/support/submit", json=form)
    api.clock.advance(86400)
    again = await api.http.post("/support/submit", json=form)
    elsewhere = await two_forms.http.post("/support/submit", json=form)
    other_form = await two_forms.http.post("/support/submit", json=form | {"channel": "shop"})
    ids = [r.json()["ticket_id"] for r in (first, again, elsewhere, other_form)]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    keys = {decode(value).dedupe_key for _, value, _ in api.publisher.on(INCOMING)}
    [key] = keys
    assert key.startswith(f"website:{ids[0]}:")


@pytest.mark.parametrize("change", ["name", "subject", "message", "category", "priority"])
async def test_the_same_id_with_other_content_is_refused_and_named(api, change):
    first = api.form(priority="low")
    await api.http.post("/support/submit", json=first)
    other = {"category": "technical", "priority": "high"}.get(change, "Another text.")
    answer = await api.http.post("/support/submit", json=first | {change: other})
    assert answer.status_code == 409
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("submission_id", "submission_changed")]
    assert len(api.publisher.on(INCOMING)) == 1
    repeat = first | {"email": " ADA@example.ORG ", "t0": first["t0"] + 5000, "message": first["message"] + "  "}
    assert (await api.http.post("/support/submit", json=repeat)).status_code == 202
    fresh = first | {change: other, "submission_id": str(uuid4())}
    assert (await api.http.post("/support/submit", json=fresh)).status_code == 202


@pytest.mark.parametrize("why", ["bus", "flood"])
async def test_what_was_not_taken_is_not_remembered(api, monkeypatch, why):
    form = api.form()
    corrected = form | {"message": "Where is my second invoice?"}
    if why == "bus":
        api.publisher.down = {"*"}
        refused = await api.http.post("/support/submit", json=form)
    else:
        for _ in range(331):
            refused = await api.submit()
        refused = await api.http.post("/support/submit", json=form)
    assert refused.status_code == (503 if why == "bus" else 429)
    api.publisher.down = set()
    api.clock.advance(60)
    assert (await api.http.post("/support/submit", json=corrected)).status_code == 202
    assert (await api.http.post("/support/submit", json=form)).status_code == 409


async def test_other_content_takes_nothing_of_what_the_form_allows(api):
    form = api.form()
    answers = [await api.http.post("/support/submit", json=form | {"message": f"Text {n}."}) for n in range(400)]
    assert [answer.status_code for answer in answers] == [202] + [409] * 399
    assert (await api.http.post("/support/submit", json=api.form())).status_code == 202
    assert excess(api) == [False, False]


async def test_of_two_texts_at_once_under_one_id_one_is_taken(api, monkeypatch):
    free, publish, asked = asyncio.Event(), api.publisher.publish, asyncio.Semaphore(0)

    async def held(*args, **options):
        asked.release()
        await free.wait()
        await publish(*args, **options)

    monkeypatch.setattr(api.publisher, "publish", held)
    form = api.form()
    first, again = (asyncio.create_task(api.http.post("/support/submit", json=form)) for _ in range(2))
    async with asyncio.timeout(20):
        for _ in range(2):
            await asked.acquire()
        other = await api.http.post("/support/submit", json=form | {"message": "Another text."})
    free.set()
    assert other.status_code == 409
    assert [(await each).status_code for each in (first, again)] == [202, 202]


async def test_other_content_that_another_pod_takes_is_a_message_of_the_same_ticket(api, two_forms):
    form = api.form(channel="website")
    await api.http.post("/support/submit", json=form)
    await two_forms.http.post("/support/submit", json=form | {"message": "My lawyer will write to you."})
    records = [decode(value) for each in (api, two_forms) for _, value, _ in each.publisher.on(INCOMING)]
    assert len({(m.ticket_id, m.thread_key) for m in records}) == 1
    assert len({m.dedupe_key for m in records}) == 2


async def test_only_the_latest_submissions_are_remembered(api, monkeypatch):
    monkeypatch.setattr(repeats, "MAX_SUBMISSIONS", 2)
    forms = [api.form(email=f"{n}@example.org") for n in range(3)]
    for form in forms:
        await api.http.post("/support/submit", json=form)
    changed = [form | {"message": "Edited."} for form in reversed(forms)]
    assert [(await api.http.post("/support/submit", json=form)).status_code for form in changed] == [409, 409, 202]


async def test_the_same_id_from_another_sender_is_another_ticket_and_message(api):
    first, stranger = api.form(), api.form(email="eve@example.org", message="Mine?")
    stranger["submission_id"] = first["submission_id"]
    spelt = first | {"email": " ADA@example.ORG ", "priority": "medium"}
    answers = [(await api.http.post("/support/submit", json=form)).json() for form in (first, stranger, spelt)]
    mine, other, again = (answer["ticket_id"] for answer in answers)
    assert mine == again != other
    assert len({decode(value).dedupe_key for _, value, _ in api.publisher.on(INCOMING)}) == 2
    assert (await api.status(mine, answers[1]["token"])).status_code == 401
    assert (await api.status(mine, answers[2]["token"])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"submission_id": ...}, "submission_id", "required"),
        ({"submission_id": "7"}, "submission_id", "invalid"),
        ({"name": ...}, "name", "required"),
        ({"name": "  \0 "}, "name", "required"),
        ({"name": "n" * 201}, "name", "too_long"),
        ({"email": "ada"}, "email", "invalid_email"),
        ({"email": "a@b@example.org"}, "email", "invalid_email"),
        ({"email": f"{'a' * 250}@example.org"}, "email", "too_long"),
        ({"subject": ""}, "subject", "required"),
        ({"category": "gossip"}, "category", "invalid_choice"),
        ({"priority": "now"}, "priority", "invalid_choice"),
        ({"message": " \n\t"}, "message", "required"),
        ({"message": "m" * 4001}, "message", "too_long"),
        ({"consent": False}, "consent", "consent_required"),
        ({"consent": ...}, "consent", "required"),
        ({"t0": "yesterday"}, "t0", "invalid"),
        ({"channel": "shop"}, "channel", "unknown_channel"),
        ({"admin": True}, "admin", "unknown_field"),
    ],
)
async def test_an_invalid_form_gets_422_with_a_code_per_field(api, changes, field, code):
    response = await api.submit(**changes)
    assert response.status_code == 422
    errors = response.json()["errors"]
    assert [(e["field"], e["code"]) for e in errors] == [(field, code)]
    assert errors[0]["message"]
    assert api.publisher.records == []


async def test_every_wrong_field_is_named_at_once(api):
    response = await api.submit(name="", email="x", consent=False)
    assert {e["field"] for e in response.json()["errors"]} == {"name", "email", "consent"}


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff\xfe", b'"x"', b"null"])
async def test_what_is_no_json_object_is_refused(api, raw):
    response = await api.http.post("/support/submit", content=raw, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert [e["field"] for e in response.json()["errors"]] == ["body"]


async def test_the_channel_must_be_named_where_there_are_several_forms(two_forms):
    response = await two_forms.submit()
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "channel")
    assert (await two_forms.submit(channel="shop")).status_code == 202


async def test_without_a_form_there_is_nothing_to_submit_to_and_no_word_of_several():
    async with an_api() as none:
        answer = await none.submit()
        assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
        assert "several" not in answer.text


async def test_only_json_is_taken(api):
    response = await api.http.post("/support/submit", content=json.dumps(api.form()))
    assert response.status_code == 415


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_limit_is_refused_declared_or_not(api, declared):
    body = json.dumps(api.form(message="m" * MAX_BODY_BYTES)).encode()

    async def chunks():
        yield body[:1000]
        yield body[1000:]

    content = body if declared else chunks()
    response = await api.http.post("/support/submit", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert api.publisher.records == []


async def test_what_looks_automated_is_taken_and_marked_since_password_managers_fill_in_what_nobody_sees(api):
    submission = str(uuid4())
    body = (await api.submit(submission_id=submission, hp="Ada")).json()
    [(_, value, _)] = api.publisher.on(INCOMING)
    assert decode(value).metadata["filled_in"] == "hidden_field"
    again = (await api.submit(submission_id=submission)).json()
    assert (again["ticket_id"], set(again)) == (body["ticket_id"], set(body))


async def test_a_form_filled_in_too_fast_is_taken_and_marked(api):
    now = api.clock.now().timestamp() * 1000
    for t0 in (now, now - 30_000):
        assert (await api.submit(t0=t0)).status_code == 202
    marks = [decode(value).metadata.get("filled_in") for _, value, _ in api.publisher.on(INCOMING)]
    assert marks == ["too_fast", None]


async def test_a_visitor_whose_clock_runs_ahead_is_no_robot(api):
    await api.submit(t0=(api.clock.now().timestamp() + 600) * 1000)
    assert len(api.publisher.on(INCOMING)) == 1


async def test_the_bus_down_is_told_as_503_with_retry_after(api):
    api.publisher.down = {"*"}
    form = api.form()
    refused = await api.http.post("/support/submit", json=form)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["errors"][0]["code"] == "not_confirmed"
    api.publisher.down = set()
    assert (await api.http.post("/support/submit", json=form)).status_code == 202


def excess(api):
    return [decode(value).excess for _, value, _ in api.publisher.on(INCOMING)]


async def test_more_than_the_employee_answers_is_stored_for_a_person_and_only_a_flood_refused(api):
    people = (f"{number}@example.org" for number in count())
    answered = 60 - 60 // limits.RESERVE
    stored = 600 - 600 // limits.RESERVE
    answers = [await api.submit(email=next(people)) for _ in range(answered + stored + 1)]
    refused = answers.pop()
    assert {answer.status_code for answer in answers} == {202}
    assert excess(api) == [False] * answered + [True] * stored
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    api.clock.advance(1)
    after = [(await api.submit(email=next(people))).status_code for _ in range(12)]
    assert after == [202] * 11 + [429]
    assert excess(api)[answered + stored :] == [False] + [True] * 10


async def test_one_sender_does_not_use_up_the_form(api):
    answers = [(await api.submit(email=email)).status_code for email in ["eve@example.org", "EVE@example.org"] * 200]
    assert answers == [202] * (30 + 300) + [429] * 70
    assert excess(api) == [False] * 30 + [True] * 300
    assert (await api.submit()).status_code == 202
    api.clock.advance(6)
    assert (await api.submit(email="eve@example.org")).status_code == 202
    assert excess(api)[-2:] == [False, False]


def test_only_the_latest_senders_are_remembered(monkeypatch):
    monkeypatch.setattr(limits, "MAX_SENDERS", 2)
    senders = limits.Latest(FakeClock(), 6)
    first = senders.get("a")
    assert senders.get("a") is first
    for sender in "bca":
        again = senders.get(sender)
    assert len(senders) == 2
    assert again is not first


async def test_a_body_that_does_not_arrive_in_time_is_refused(api, monkeypatch):
    monkeypatch.setattr(raw_route, "BODY_SECONDS", 0.05)

    async def stalled():
        yield b"{"
        await asyncio.Event().wait()

    async with asyncio.timeout(5):
        response = await api.http.post(
            "/support/submit", content=stalled(), headers={"content-type": "application/json"}
        )
    assert (response.status_code, response.headers["connection"]) == (408, "close")
    assert response.json()["errors"][0]["code"] == "too_slow"


@pytest.mark.parametrize("count", [33, 3000])
async def test_thousands_of_faults_make_one(api, count):
    response = await api.submit(**{f"{number:x}": 1 for number in range(count)})
    assert response.status_code == 422
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("body", "too_many_fields")]


@pytest.mark.parametrize(("size", "refused"), [(60_000, 3), (2_000, 0)])
async def test_where_too_much_waits_to_be_parsed_the_longest_are_refused(api, monkeypatch, size, refused):
    monkeypatch.setattr(turns, "WAITING_BYTES", 130_000)
    long = [api.submit(subject="s" * size) for _ in range(6)]
    *answers, honest = await asyncio.gather(*long, api.submit())
    busy = [answer for answer in answers if answer.status_code == 503]
    assert len(busy) == refused
    assert {(answer.json()["errors"][0]["code"], answer.headers["retry-after"]) for answer in busy} <= {("busy", "5")}
    assert {answer.status_code for answer in answers if answer not in busy} == {422}
    assert honest.status_code == 202


async def test_no_response_is_cached_and_all_carry_security_headers(api):
    for response in (await api.submit(), await api.submit(name="")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_a_paused_form_takes_nothing_in_while_the_other_does():
    paused = WEBSITE.model_copy(update={"name": "shop", "run_state": "Paused"})
    async with an_api(WEBSITE, paused) as both:
        refused = await both.submit(channel="shop")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
        assert refused.json()["errors"][0]["code"] == "paused"
        assert (await both.submit(channel="website")).status_code == 202
        assert len(both.publisher.on(INCOMING)) == 1


async def test_forms_are_found_among_other_channels(tmp_path):
    (tmp_path / "token").write_text("1" * 32)
    sender = {"sender": "+14155238886", "account_sid_file": "-", "auth_token_file": tmp_path / "token"}
    whatsapp = ChannelSettings(name="whatsapp", type="TwilioWhatsApp", twilio_whatsapp=sender)
    async with an_api(WEBSITE, whatsapp) as api:
        assert (await api.submit()).status_code == 202
        refused = await api.submit(channel="whatsapp")
        assert [e["code"] for e in refused.json()["errors"]] == ["unknown_channel"]


async def test_a_request_s_trace_goes_on_in_its_record(api):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for given in (trace, "nonsense"):
        await api.http.post("/support/submit", json=api.form(), headers={"traceparent": given})
    traced, made = (json.loads(value)["traceparent"] for _, value, _ in api.publisher.on(INCOMING))
    assert traced == trace
    assert made not in (trace, "nonsense")


async def test_what_is_taken_and_what_is_refused_is_counted_by_channel(api):
    await api.submit()
    await api.submit(message="")
    for _ in range(330):
        last = await api.submit()
    assert last.headers["content-type"] == "application/problem+json"
    assert last.json()["title"] == "Too Many Requests"
    assert last.json()["errors"][0]["message"] == "is one of too many requests; try again later"

    def count(name, **labels):
        return api.metrics.registry.get_sample_value(name, labels)

    assert count("fte_messages_accepted_total", channel="website") == 330
    assert count("fte_submissions_excess_total", channel="website") == 300
    assert count("fte_requests_refused_total", channel="unknown", status="422") == 1
    assert count("fte_requests_refused_total", channel="website", status="429") == 1
    assert count("fte_intake_seconds_count", channel="website") == 330
