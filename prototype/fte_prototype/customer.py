"""A customer at the keyboard: each line becomes a raw message of a channel, and goes through its parser."""

from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from uuid import uuid4

from fte_agent.channels import EMAIL, TRAITS, WEB_FORM, WHATSAPP
from fte_agent.domain.messages import Channel, Identifier, InboundMessage
from fte_agent.inbound import mail, whatsapp
from fte_agent.inbound.faults import invalid
from fte_agent.inbound.mail_model import Mail
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.ports import Clock
from fte_agent.text.cleaning import clean, line
from fte_prototype import form

DEFAULT_NAME = "Alex Example"
ADDRESS = "alex@example.com"
MAILBOX = "support@example.com"
MAIL_CHANNEL = "support"
OUR_NUMBER = "whatsapp:+12025550199"
FIRST_NUMBER = 12025550100
SUBJECT_CHARS = 60
TYPING = timedelta(minutes=1)


class Customer:
    """Writes by any channel. A mail continues the thread, WhatsApp the number's conversation; every submission
    of a web form is a ticket of its own, as it is in production."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = line(name) or DEFAULT_NAME
        self._clock = clock
        self._thread = ""
        self._number = FIRST_NUMBER

    def start_anew(self) -> None:
        """What is said next begins a conversation: a new mail thread, another telephone number."""
        self._thread = ""
        self._number += 1

    def says(self, channel: Channel, text: str) -> InboundMessage:
        """``text`` as it would arrive by ``channel``; raises `InvalidMessage`."""
        if channel == EMAIL:
            return self._mails(clean(text))
        if channel == WHATSAPP:
            return self._chats(text)
        if channel == WEB_FORM:
            return self._submits(text)
        return self._writes(channel, text)

    def _mails(self, text: str) -> InboundMessage:
        sent = EmailMessage()
        sent["From"] = Address(self._name, addr_spec=ADDRESS)
        sent["To"] = MAILBOX
        sent["Message-ID"] = f"<{uuid4()}@example.com>"
        if self._thread:
            sent["References"] = self._thread
        self._thread = self._thread or str(sent["Message-ID"])
        sent.set_content(text)
        read = mail.parse(sent.as_bytes(), mailbox=Mailbox(MAIL_CHANNEL, (MAILBOX,)), now=self._clock.now())
        if not isinstance(read, Mail):
            raise invalid("message", "must be a customer's mail")
        return read.to_message()

    def _chats(self, text: str) -> InboundMessage:
        posted = {
            "MessageSid": f"SM{uuid4().hex}",
            "From": f"whatsapp:+{self._number}",
            "To": OUR_NUMBER,
            "ProfileName": self._name,
            "Body": text,
            "NumMedia": "0",
        }
        return whatsapp.parse(posted, channel_name="whatsapp", now=self._clock.now())

    def _submits(self, text: str) -> InboundMessage:
        now = self._clock.now()
        fields = {
            "submission_id": str(uuid4()),
            "name": self._name,
            "email": ADDRESS,
            "subject": line(text)[:SUBJECT_CHARS],
            "category": "other",
            "message": text,
            "consent": True,
            "t0": (now - TYPING).timestamp() * 1000,
        }
        return form.message_of(fields, now)

    def _writes(self, channel: Channel, text: str) -> InboundMessage:
        """By a kind of channel that has no raw form here: the bare message."""
        return InboundMessage(
            source="prototype",
            dedupe_key=str(uuid4()),
            channel=channel,
            channel_name=channel,
            thread_key=str(self._number),
            sender=Identifier(TRAITS[channel].identifier_kind, str(self._number)),
            body=clean(text),
            occurred_at=self._clock.now(),
            display_name=self._name,
        )
