"""The terminal chat, driven through a real pseudo-terminal; every wait has a deadline."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from terminal import DEADLINE, on_a_terminal

pytestmark = pytest.mark.slow  # a process for each test

PROGRAM = [sys.executable, "-m", "fte_prototype"]


@pytest.fixture
def chat(knowledge: Path, rules: Path) -> Iterator[pexpect.spawn]:
    options = ["chat", "--knowledge", str(knowledge), "--rules", str(rules), "--company", "Lumen", "--name", "Ada L."]
    terminal = on_a_terminal("fte_prototype", options)
    terminal.expect_exact("whatsapp> ")
    yield terminal
    terminal.close(force=True)


def says(chat: pexpect.spawn, line: str, prompt: str = "whatsapp> ") -> str:
    """What is shown between a line and the next prompt."""
    chat.sendline(line)
    chat.expect_exact(prompt)
    return chat.before.replace("\r\n", "\n")


def test_an_answer_shows_where_it_comes_from(chat):
    shown = says(chat, "How large may a file be that I upload?")
    first, _, reply = shown.partition("reply by ai:\n")
    assert "retrieved  for: How large may a file be that I upload?" in first
    assert "Files > Upload limits [knowledge/handbook.md#upload-limits]" in first.partition("tools")[0]
    assert "create_ticket, get_customer_history, search_knowledge_base" in first
    assert "outcome    answer\n" in first
    assert "citations  Files > Upload limits [knowledge/handbook.md#upload-limits]" in first
    assert reply.startswith("  | A single file may be up to 40 MB.")


def test_a_legal_threat_goes_to_a_person_who_keeps_it(chat):
    shown = says(chat, "My lawyer will sue you.")
    assert "retrieved  none" in shown
    assert "outcome    escalate\n" in shown
    assert "reason     legal (raised by: rule)\n" in shown
    assert re.search(r"why        \w+ \w+", shown)
    assert "reply by system:\n  | " in shown
    assert "a person has this conversation" in says(chat, "How large may a file be that I upload?")
    ticket = says(chat, "/ticket")
    assert "status     escalated, handled by: human" in ticket
    assert "1. customer: My lawyer will sue you." in ticket
    assert "3. customer: How large may a file be" in ticket
    assert "request: My lawyer will sue you." in ticket
    assert "a new conversation" in says(chat, "/new")
    assert "no ticket yet" in says(chat, "/ticket")
    assert "outcome    answer\n" in says(chat, "How large may a file be that I upload?")


def test_each_channel_answers_in_its_form(chat):
    assert "now on email" in says(chat, "/channel email", "email> ")
    shown = says(chat, "thank you", "email> ")
    assert "  | Hello Ada,\n  |\n  | You are welcome." in shown
    assert "  | Kind regards,\n  | Lumen Support\n" in shown
    says(chat, "thanks again", "email> ")
    ticket = says(chat, "/ticket", "email> ")
    assert "ticket    1 " in ticket
    assert "3. customer: thanks again" in ticket
    says(chat, "/channel web_form", "web_form> ")
    assert "  | Lumen Support\n" in says(chat, "thanks a lot", "web_form> ")
    assert "ticket    2 " in says(chat, "/ticket", "web_form> ")
    says(chat, "thanks", "web_form> ")
    assert "ticket    3 " in says(chat, "/ticket", "web_form> ")


def test_what_is_no_message_is_told(chat):
    assert "no such channel; there are email, whatsapp, web_form" in says(chat, "/channel pigeon")
    assert "/quit ends" in says(chat, "/help")
    assert says(chat, "   ").strip() == ""
    says(chat, "/channel web_form", "web_form> ")
    assert "not taken: message: must have at most 4000 characters" in says(chat, "a " * 2040, "web_form> ")


@pytest.mark.parametrize("end", ["/quit\n", "\x04"], ids=["quit", "end of input"])
def test_the_end(chat, end):
    chat.send(end)
    chat.expect(pexpect.EOF)
    chat.close()
    assert chat.exitstatus == 0


def test_an_interrupt_ends_it_without_a_trace(chat):
    chat.sendintr()
    chat.expect(pexpect.EOF)
    chat.close()
    assert "Traceback" not in chat.before
    assert chat.exitstatus == 0


def test_a_pipe_is_a_terminal_too_whatever_its_encoding(knowledge, rules):
    options = ["chat", "--channel", "email", "--knowledge", str(knowledge), "--rules", str(rules)]
    done = subprocess.run(
        [*PROGRAM, *options, "--company", "Lümen"],
        input=b"thanks\n\xff\xfe\n",
        env=os.environ | {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "1"},
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"  | L?men Support" in done.stdout
    assert done.stdout.count(b"  reply by") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chat", "--knowledge", "nowhere.md"], b"fte-prototype: nowhere.md: No such file or directory; name another"),
        (["chat", "--rules", "nowhere.md"], b"fte-prototype: nowhere.md: No such file or directory; name another"),
        (["chat", "--channel", "pigeon"], b"invalid choice: 'pigeon'"),
        (["serve", "--port", "99999"], b"choose another with --port"),
        ([], b"required: command"),
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments, words):
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, timeout=DEADLINE, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert b"Traceback" not in done.stderr
