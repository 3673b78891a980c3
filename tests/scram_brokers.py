"""A broker that speaks SCRAM up to a fault of its own, and as much Kafka as a client needs to begin."""

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataResponse_v1
from hostile_brokers import frame

API_VERSIONS, HANDSHAKE, AUTHENTICATE, METADATA, PRODUCER_ID = 18, 17, 36, 3, 22
VERSIONS = [
    (API_VERSIONS, 0, 0),
    (HANDSHAKE, 0, 1),
    (AUTHENTICATE, 0, 0),
    (METADATA, 0, 1),
    (0, 0, 2),
    (PRODUCER_ID, 0, 0),
]
SALT = base64.b64encode(b"salt").decode()


def text(value):
    return struct.pack(">h", len(value)) + value


@dataclass
class ScramBroker:
    """``first`` and ``final`` are what it sends instead of the right thing, ``{nonce}`` filled in; None is null.

    The first ``honest`` connections prove that they know the password.
    """

    password: bytes = b"canary"
    first: str | bytes | None = "r={nonce}xyz,s={salt},i=4096"
    final: str | bytes | None = "v=" + base64.b64encode(b"0" * 64).decode()
    versions: tuple = tuple(VERSIONS)
    honest: int = 0
    connections: int = 0
    open: list = field(default_factory=list)

    async def serve(self, reader, writer):
        self.connections += 1
        self.open.append(writer)
        honest, said = self.connections <= self.honest, []
        while True:
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            message = await reader.readexactly(size)
            (key,) = struct.unpack(">h", message[:2])
            (named,) = struct.unpack(">h", message[8:10])
            answer = self._answer(key, message[10 + max(named, 0) :], said, honest, writer)
            writer.write(frame(message[4:8] + answer))

    def drop(self):
        """End every connection."""
        while self.open:
            self.open.pop().close()

    def _answer(self, key, body, said, honest, writer):
        if key == API_VERSIONS:
            return ApiVersionResponse_v0(0, list(self.versions)).encode()
        if key == HANDSHAKE:
            return struct.pack(">hi", 0, 1) + text(b"SCRAM-SHA-512")
        if key == AUTHENTICATE:
            said.append(body[4:].decode())
            sent = self._proven(said) if honest else self._filled(said)
            return struct.pack(">hhi", 0, -1, -1 if sent is None else len(sent)) + (sent or b"")
        if key == PRODUCER_ID:
            return struct.pack(">ihqh", 0, 0, 7, 0)
        assert key == METADATA
        host, port = writer.get_extra_info("sockname")[:2]
        return MetadataResponse_v1([(0, host, port, None)], 0, []).encode()

    def _filled(self, said):
        sent = self.first if len(said) == 1 else self.final
        if isinstance(sent, str):
            sent = sent.format(nonce=said[0].split("r=")[1], salt=SALT).encode()
        return sent

    def _proven(self, said):
        """RFC 5802, section 3."""
        bare = said[0].removeprefix("n,,")
        first = "r={nonce}xyz,s={salt},i=4096".format(nonce=bare.split("r=")[1], salt=SALT)
        if len(said) == 1:
            return first.encode()
        salted = hashlib.pbkdf2_hmac("sha512", self.password, b"salt", 4096)
        key = hmac.digest(salted, b"Server Key", "sha512")
        signed = ",".join((bare, first, said[1].rpartition(",p=")[0]))
        return b"v=" + base64.b64encode(hmac.digest(key, signed.encode(), "sha512"))


FAULTS = {
    "a wrong signature": {},
    "a refusal in the last message": {"final": "e=invalid-proof"},
    "a last message of nothing": {"final": ""},
    "a last message that is null": {"final": None},
    "a signature that is no base64": {"final": "v=!"},
    "another's nonce": {"first": "r=another,s={salt},i=4096"},
    "no nonce": {"first": "s={salt},i=4096"},
    "no salt": {"first": "r={nonce}xyz,i=4096"},
    "no pairs": {"first": "hello"},
    "no iterations": {"first": "r={nonce}xyz,s={salt},i=0"},
    "iterations that are no number": {"first": "r={nonce}xyz,s={salt},i=many"},
    "bytes that are no text": {"first": b"\xff\xfe"},
    "a first message that is null": {"first": None},
}
"""What an impostor may send, by name: arguments of `ScramBroker`."""
