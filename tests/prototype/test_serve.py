"""The web form: plain HTML in, plain HTML out, and nothing a visitor sends is ever markup."""

import re
import socket
from pathlib import Path
from uuid import uuid4

import httpx
import pexpect
import pytest
from terminal import on_a_terminal

from fte_agent.domain.behaviour import Company
from fte_agent.errors import ModelFailed
from fte_prototype.clock import SystemClock
from fte_prototype.errors import CannotOpen
from fte_prototype.sandbox import Sandbox
from fte_prototype.serve import application, run

QUESTION = "How large may a file be that I upload?"


@pytest.fixture
async def sandbox(knowledge: Path, rules: Path) -> Sandbox:
    return await Sandbox.open(knowledge=knowledge, rules=rules, company=Company("Lumen & <Sons>"))


@pytest.fixture
async def browser(sandbox: Sandbox):
    transport = httpx.ASGITransport(application(sandbox, SystemClock()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
        yield client


def filled_in(message: str, **changes: str) -> dict[str, str]:
    fields = {
        "submission_id": str(uuid4()),
        "name": "Ada",
        "email": "ada@ada.example",
        "subject": "Uploads",
        "category": "technical",
        "priority": "low",
        "message": message,
        "hp": "",
        "t0": "0",
        "consent": "true",
    }
    return fields | changes


async def test_the_empty_form_is_complete_and_needs_no_script(browser):
    shown = await browser.get("/")
    assert shown.status_code == 200
    for name in filled_in(""):
        assert re.search(rf'<(input|select|textarea)[^>]* name="{name}"', shown.text), name
    assert "Contact Lumen &amp; &lt;Sons&gt;" in shown.text
    assert "<script" not in shown.text
    assert not re.search(r'(src|href|action)="(https?:)?//', shown.text)
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    ids = re.findall(r'name="submission_id" value="([^"]+)"', shown.text + (await browser.get("/")).text)
    assert len(set(ids)) == 2


async def test_a_question_shows_reply_citations_and_decision(browser):
    shown = await browser.post("/", data=filled_in(QUESTION))
    assert shown.status_code == 200
    assert "up to 40 MB" in shown.text
    assert "Lumen &amp; &lt;Sons&gt; Support</pre>" in shown.text
    assert f"<dt>retrieved</dt><dd>for: Uploads {QUESTION}</dd>" in shown.text
    assert "<dd>answer</dd>" in shown.text
    assert "<dt>citations</dt><dd>Files &gt; Upload limits [knowledge/handbook.md#upload-limits]</dd>" in shown.text
    assert "<dd>waiting</dd>" in shown.text
    assert "<dd>technical, priority low</dd>" in shown.text


async def test_a_legal_threat_shows_its_reason(browser):
    shown = await browser.post("/", data=filled_in("My lawyer will call you."))
    assert "<dd>escalate</dd>" in shown.text
    assert "<dd>legal (raised by: rule)</dd>" in shown.text
    assert "<dd>escalated</dd>" in shown.text


@pytest.mark.parametrize("field", ["message", "subject", "name", "email"])
async def test_markup_is_shown_as_text(browser, field):
    hostile = "<script>alert(1)</script> \" onfocus='x"
    for changes in ({field: hostile}, {field: hostile, "category": "none of them"}, {hostile: field}):
        shown = await browser.post("/", data=filled_in(QUESTION) | changes)
        assert "<script" not in shown.text
        assert "onfocus='x" not in shown.text


async def test_what_was_typed_is_kept_when_a_field_is_wrong(browser, sandbox):
    shown = await browser.post("/", data=filled_in("Is <this> kept?", email="nobody", category="billing"))
    assert shown.status_code == 422
    assert 'role="alert">email: must be an e-mail address' in shown.text
    assert ">Is &lt;this&gt; kept?</textarea>" in shown.text
    assert '<option value="billing" selected>' in shown.text
    assert sandbox.store.tickets() == []


async def test_a_program_that_fills_in_what_nobody_sees_is_refused(browser, sandbox):
    shown = await browser.post("/", data=filled_in(QUESTION, hp="http://spam.example"))
    assert (shown.status_code, "hp: must be left empty" in shown.text) == (422, True)
    assert sandbox.store.tickets() == []


async def test_sending_twice_is_one_ticket_and_shows_its_reply_again(browser, sandbox):
    fields = filled_in(QUESTION)
    await browser.post("/", data=fields)
    again = await browser.post("/", data=fields)
    assert "up to 40 MB" in again.text
    assert "this was received before" in again.text
    assert len(sandbox.store.tickets()) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "must be given"),
        (b"message=" + b"a" * 200_000, "at most 100000 bytes"),
        (b"&".join(b"f%d=x" % number for number in range(50)), "at most 20 fields"),
        (b"\xff\xfe=%ff", "submission_id: must be given"),
    ],
)
async def test_no_body_is_an_error_of_ours(browser, body, fault):
    shown = await browser.post("/", content=body)
    assert shown.status_code == 422
    assert fault in shown.text.partition('role="alert">')[2].partition("</p>")[0]


async def test_a_failed_turn_is_told(browser, sandbox, monkeypatch):
    async def fail(message):
        raise ModelFailed("no model")

    monkeypatch.setattr(sandbox, "receive", fail)
    shown = await browser.post("/", data=filled_in(QUESTION))
    assert (shown.status_code, "no model" in shown.text) == (502, True)


async def test_another_name_of_this_machine_gets_nothing(browser):
    shown = await browser.get("/", headers={"host": "rebound.example"})
    assert shown.status_code == 400


def test_a_taken_port_is_named():
    async def never() -> Sandbox:
        raise AssertionError("opened a sandbox without a port")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotOpen, match=f"port {port}: .*--port"):
            run(never(), port, clock=SystemClock())


@pytest.mark.slow
def test_the_program_serves_until_interrupted(knowledge, rules):
    options = ["serve", "--port", "0", "--knowledge", str(knowledge), "--rules", str(rules), "--company", "Lumen"]
    program = on_a_terminal("fte_prototype", options)
    program.expect(r"(http://127\.0\.0\.1:\d+/) \(Ctrl-C ends\)")
    url = program.match[1]
    assert "Contact Lumen" in httpx.get(url, timeout=60).text
    shown = httpx.post(url, data=filled_in(QUESTION), timeout=60)
    assert "up to 40 MB" in shown.text
    program.sendintr()
    program.expect(pexpect.EOF)
    program.close()
    assert "Traceback" not in program.before
    assert program.exitstatus == 0
