"""A webhook's request, from raw bytes to fields of which it is known that Twilio sent them."""

import json
import re
import secrets
from binascii import a2b_qp
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from fte_runtime.channels.twilio_whatsapp.settings import Settings
from fte_runtime.channels.twilio_whatsapp.signature import Signatures
from fte_runtime.config import ChannelSettings, ConfigError, read_secret
from fte_runtime.errors import Forbidden, Malformed, UnsupportedMediaType

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAX_FIELDS = 500
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")
PREFIX = "whatsapp:"


@dataclass(frozen=True, slots=True)
class Post:
    """One request as it came. ``urls`` are the spellings of the configured one, never what the request says of it."""

    urls: tuple[str, ...]
    media_type: str
    signature: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sender:
    """One of our WhatsApp senders and what its account signs with."""

    channel: ChannelSettings
    signatures: Signatures


class Senders:
    """Our senders by address; what no sender of ours signed is refused, all alike."""

    def __init__(self, channels: Sequence[ChannelSettings]) -> None:
        self._senders = {_address(channel): Sender(channel, _signatures(channel)) for channel in channels}
        self._nobody = Signatures((secrets.token_hex(16),))

    def verified(self, post: Post, field: str) -> tuple[ChannelSettings, Mapping[str, object]]:
        """The channel whose address is in ``field``, and the fields; a repeated name has its last value.

        Raises:
            UnsupportedMediaType, Malformed: the body is no form and no JSON object.
            Forbidden: its address is none of ours, or the signature is not its account's: nobody learns which.
        """
        if post.media_type == JSON and not self._anybody_signed(post):
            raise Forbidden  # JSON is signed as a whole, so what nobody signed need not be read
        fields, signed_by = _read(post)
        sender = self._senders.get(str(fields.get(field, "")))
        if not signed_by(sender.signatures if sender else self._nobody) or sender is None:
            raise Forbidden
        return sender.channel, fields

    def _anybody_signed(self, post: Post) -> bool:
        signatures = (sender.signatures for sender in self._senders.values())
        return any(each.verify_body(post.signature, post.urls, post.body) for each in signatures)


def _read(post: Post) -> tuple[Mapping[str, object], Callable[[Signatures], bool]]:
    """The fields, and the check of their signature against an account."""
    if post.media_type == FORM:
        pairs = form_fields(post.body)
        return dict(pairs), lambda account: account.verify_form(post.signature, post.urls, pairs)
    if post.media_type == JSON:
        return _object(post.body), lambda account: account.verify_body(post.signature, post.urls, post.body)
    raise UnsupportedMediaType(f"{FORM} or {JSON}")


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """Names and values, blank ones too, as `urllib.parse.parse_qsl` reads them strictly, at a tenth of its cost.

    Raises:
        Malformed: it is not ASCII, not UTF-8 once decoded, has more than `MAX_FIELDS`, or a ``%`` that escapes nothing.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise Malformed(f"must have at most {MAX_FIELDS} fields")
    try:
        if _STRAY.search(body):
            raise Malformed("must be a form whose every % begins an escape")
        fields = [field.partition("=") for field in body.decode("ascii").replace("+", " ").split("&") if field]
        return [(_unquoted(name), _unquoted(value)) for name, _, value in fields]
    except UnicodeDecodeError as error:
        raise Malformed("must be a form in UTF-8") from error


def _unquoted(text: str) -> str:
    """Percent-encoding (RFC 3986 §2.1) is quoted-printable by another sign, which the C library reads."""
    return a2b_qp(text.replace("=", "=3D").replace("%", "=")).decode() if "%" in text else text


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed("must be JSON in UTF-8") from error
    if not isinstance(found, dict):
        raise Malformed("must be a JSON object")
    return found


def _address(channel: ChannelSettings) -> str:
    return PREFIX + settings_of(channel).sender


def _signatures(channel: ChannelSettings) -> Signatures:
    """Raises `ConfigError` when the current token is missing; the previous one is there only while it rotates."""
    settings = settings_of(channel)
    tokens = [read_secret(settings.auth_token_file)]
    if settings.previous_auth_token_file is not None:
        with suppress(ConfigError):
            tokens.append(read_secret(settings.previous_auth_token_file))
    return Signatures(tuple(tokens))


def settings_of(channel: ChannelSettings) -> Settings:
    """A channel's own settings."""
    if not isinstance(channel.settings, Settings):
        raise TypeError(f"{channel.name} has no settings of a WhatsApp sender")
    return channel.settings
