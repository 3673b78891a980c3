"""What one hostile visitor sends to an employee's API, by name.

``python tests/hostile_requests.py NAME HOST PORT SEED`` does it from a process of its own: it prints a line when the
attack is all there, and goes on until it is ended.
"""

import asyncio
import base64
import json
import sys
import uuid
from collections.abc import Callable
from random import Random

from floods import Attack, Target, asking, endless, hammering, held, many_files, reset, slow, unread

ALONE = b"GET /support/ HTTP/1.1\r\nhost: x\r\n"
PAGE = ALONE + b"\r\n"
CHUNKED = ALONE + b"transfer-encoding: chunked\r\n\r\n"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
SUBMIT = b"POST /support/submit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
NETWORK = "203.0.113.7"
"""Where the proxy heard the visitor; what stands left of it in X-Forwarded-For is theirs to invent."""

IDLE = {
    "idle": b"GET / HT",
    "silent": b"",
    "kept": PAGE,
    "half": SUBMIT + b"content-length: 9\r\n\r\n{",
}
ENDLESS = {
    "header": (ALONE + b"x: ", b"a" * 65536),
    "headers": (ALONE, b"x: a\r\n" * 10_000),
    "pipelined": (b"", PAGE * 1000),
    "chunks": (CHUNKED, b"1\r\na\r\n" * 10_000),
    "trailer": (CHUNKED + b"0\r\nx: ", b"a" * 65536),
}
TINY = b"aa:\r\n" * 6300
"""Headers that grow most when they are parsed."""

HEAVY = {
    "half heads": ALONE + TINY,
    "heads behind a form": SUBMIT + b"content-length: 2\r\n\r\n{}" + (ALONE + TINY + b"\r\n") * 15,
}


AMBIGUOUS = {
    "length and chunks": SUBMIT + b"content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + PAGE,
    "chunks and length": SUBMIT + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n" + PAGE,
    "two lengths": SUBMIT + b"content-length: 0\r\ncontent-length: 100\r\n\r\n" + PAGE,
    "a list of lengths": SUBMIT + b"content-length: 0, 100\r\n\r\n" + PAGE,
    "a signed length": SUBMIT + b"content-length: +0\r\n\r\n" + PAGE,
    "chunked twice": SUBMIT + b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n" + PAGE,
    "chunked in other words": SUBMIT + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" + PAGE,
    "a space before the colon": SUBMIT + b"content-length : 0\r\n\r\n" + PAGE,
    "a folded header": SUBMIT + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + PAGE,
    "a chunk of 2^64": SUBMIT + b"transfer-encoding: chunked\r\n\r\n10000000000000000\r\n\r\n0\r\n\r\n" + PAGE,
}
"""Where one server sees one request and another sees two (RFC 9112 §11.2)."""


def crammed(path: str, media_type: str, body: bytes) -> bytes:
    """A request with a whole body, on a connection that stays open."""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {NETWORK}\r\ncontent-type: {media_type}\r\n"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body


FORM_BODIES = {
    "unknown fields": b"{" + b",".join(b'"%x":1' % n for n in range(7000)) + b"}",
    "an address of blanks": b'{"email": "' + b"a " * 31_000 + b'"}',
    "a name of control characters": b'{"name": "' + b"a\x7f" * 31_000 + b'"}',
    "a message of control characters": b'{"message": "' + b"a\x7f" * 31_000 + b'"}',
    "lists": b'{"a": [' + b"[]," * 21_000 + b"[]]}",
    "lists alone": b"[" + b"[]," * 21_000 + b"[]]",
    "half an emoji and lists": b'{"name": "\\ud83d", "a": [' + b"[]," * 21_000 + b"[]]}",
    "long numbers": b'{"a": [' + (b"9" * 4299 + b",") * 14 + b"1]}",
}
"""Whole bodies, within the limit, that take the longest to be read."""

WEBHOOK_BODIES = {
    "escapes": (FORM, b"Body=" + b"%41" * 87_000),
    "escapes apart": (FORM, b"Body=" + b"%41a" * 65_000),
    "escapes in many fields": (FORM, b"&".join(b"a%d=" % n + b"%41" * 170 for n in range(499))),
    "percent signs": (FORM, b"Body=" + b"%" * 262_000),
    "escapes of nothing": (FORM, b"Body=" + b"%zz" * 87_000),
    "JSON lists": (JSON, b'{"To": [' + b"[]," * 87_000 + b"[]]}"),
}
CRAMMED = {name: crammed("/support/submit", JSON, body) for name, body in FORM_BODIES.items()} | {
    f"a webhook's {name}": crammed("/webhooks/whatsapp", *body) for name, body in WEBHOOK_BODIES.items()
}
TICKET = ALONE.replace(b"/support/", b"/support/ticket/11111111-1111-1111-1111-111111111111")
WAITING = {
    "tickets": TICKET + b"authorization: Bearer 1700000000." + b"0" * 64 + b"\r\n\r\n",
    "health": ALONE.replace(b"/support/", b"/health") + b"\r\n",
}
"""What asks for something that may be away."""


def form(chance: Random, **changes: object) -> dict[str, object]:
    """A valid submission of somebody who does not exist."""
    found = {
        "submission_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "name": "Nobody",
        "email": f"{chance.getrandbits(64):x}@example.org",
        "subject": "A question",
        "category": "general",
        "message": f"Until when can I restore task {chance.getrandbits(32)}?",
        "consent": True,
        "hp": "",
        "t0": 1_700_000_000_000,
    }
    return found | changes


def submission(chance: Random, body: bytes | None = None, network: str = NETWORK, **changes: object) -> bytes:
    """A request with a form, or with that body."""
    body = json.dumps(form(chance, **changes)).encode() if body is None else body
    invented = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
    lines = f"x-forwarded-for: {invented}, {network}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return SUBMIT + lines.encode() + body


def botnet(chance: Random) -> bytes:
    return submission(chance, network=f"11.{chance.randrange(256)}.{chance.randrange(256)}.1")


def webhook(path: str) -> Callable[[Random], bytes]:
    """A message in Twilio's name, with a signature of the right shape."""

    def request(chance: Random) -> bytes:
        body = f"MessageSid=SM{chance.getrandbits(128):032x}&From=whatsapp%3A%2B4915700000000&Body=Hi&NumMedia=0"
        signature = base64.b64encode(chance.randbytes(20)).decode()
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\nx-twilio-signature: {signature}\r\nconnection: close\r\n"
        kind = f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
        return (head + kind + body).encode()

    return request


def guessed(chance: Random) -> bytes:
    token = base64.urlsafe_b64encode(chance.randbytes(32)).decode()
    ticket = uuid.UUID(int=chance.getrandbits(128), version=4)
    return f"GET /support/ticket/{ticket} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n".encode()


MINDED = (b"\r\n\r\n", b"\0", b"\r", b"\n", b": ", b"chunked", b"9" * 20, b"\xff\xfe")


def mutated(chance: Random) -> bytes:
    """A submission with a few spans taken out, doubled, overwritten, or replaced by what parsers mind."""
    data = bytearray(submission(chance))
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(data) + 1)
        span = bytes(data[start : start + chance.choice((1, 4, 40, 400))])
        data[start : start + len(span)] = chance.choice(
            (b"", span * 3, chance.randbytes(len(span)), chance.choice(MINDED))
        )
    return bytes(data)


def of(text: bytes) -> Attack:
    return asking(lambda _: text)


def json_of(body: bytes) -> Attack:
    return asking(lambda chance: submission(chance, body))


VISITORS: dict[str, Attack] = (
    {f"2,000 {name}": held(data) for name, data in IDLE.items()}
    | {f"endless {name}": endless(*pieces, pause=0.2) for name, pieces in ENDLESS.items()}
    | {f"1,000 {name}": held(data, 1000) for name, data in HEAVY.items()}
    | {
        "slow heads": slow(ALONE + b"x: ", b"a"),
        "slow bodies": slow(SUBMIT + b"content-length: 60000\r\n\r\n", b"a"),
        "slow chunks": slow(CHUNKED, b"1\r\na\r\n"),
        "answers that nobody reads": unread(PAGE * 16),
        "100-continue and no body": held(SUBMIT + b"expect: 100-continue\r\ncontent-length: 9\r\n\r\n", 1000),
        "resets": reset(PAGE),
        "resets in a body": reset(SUBMIT + b"content-length: 60000\r\n\r\n{"),
        "forged messages": asking(webhook("/webhooks/whatsapp")),
        "forged statuses": asking(webhook("/webhooks/whatsapp/status")),
        "forms from invented addresses": asking(submission),
        "forms from everywhere": asking(botnet, connections=2, pause=0.2),
        "another text under one id": asking(lambda chance: submission(chance, submission_id=str(uuid.UUID(int=7)))),
        "guessed tickets": asking(guessed),
        "a body of 2 GB announced": endless(SUBMIT + b"content-length: 2000000000\r\n\r\n", b" " * 65536, pause=0.2),
        "a body without end": endless(
            SUBMIT + b"transfer-encoding: chunked\r\n\r\n", b"ffff\r\n" + b" " * 65535 + b"\r\n", pause=0.2
        ),
        "brackets": json_of(b"[" * 60_000),
        "a number of 60,000 digits": json_of(b'{"t0": ' + b"9" * 60_000 + b"}"),
        "no Unicode": json_of(b'{"message": "\xff\xfe\xed\xa0\x80"}'),
        "a million spaces": of(SUBMIT + b"content-length: 1000000\r\n\r\n" + b" " * 1_000_000),
        "garbage": asking(lambda chance: chance.randbytes(2000)),
        "a TLS hello": asking(lambda chance: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(508)),
        "an HTTP/2 preface": of(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x12\x04\0\0\0\0\0" * 100),
        "absolute form": of(b"GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nhost: x\r\n\r\n"),
        "CONNECT": of(b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\n\r\n"),
        "TRACE": of(b"TRACE /support/ HTTP/1.1\r\nhost: x\r\nmax-forwards: 0\r\n\r\n"),
        "an upgrade": of(ALONE + b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n"),
        "a NUL in a header": of(ALONE + b"x: a\0b\r\n\r\n"),
    }
    | {name: of(text) for name, text in AMBIGUOUS.items()}
    | {f"bodies crammed with {name}": hammering(request, 60) for name, request in CRAMMED.items()}
    | {"20 crammed bodies a second": hammering(CRAMMED["unknown fields"], 20, 1.0)}
    | {f"1,010 who ask for {name}": hammering(request, 1010, 1.0) for name, request in WAITING.items()}
    | {f"mutations {seed}": asking(mutated) for seed in range(5)}
)


async def _attack(name: str, host: str, port: str, seed: str) -> None:
    many_files()
    target = Target(host, int(port), Random(f"{name} {seed}"))
    async with asyncio.TaskGroup() as group:
        group.create_task(VISITORS[name](target))
        await target.begun.wait()
        sys.stdout.write("under way\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_attack(*sys.argv[1:]))
