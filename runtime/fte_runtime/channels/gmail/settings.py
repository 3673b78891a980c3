"""What a document says of one mailbox at Gmail."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fte_agent.channels import EMAIL

KIND = EMAIL

CERTS_URL = "https://www.googleapis.com/oauth2/v1/certs"


def _lower(given: object) -> object:
    return given.lower() if isinstance(given, str) else given


Address = Annotated[str, BeforeValidator(_lower), Field(max_length=254, pattern=r"^[^\s@<>,;:\"]+@[^\s@<>,;:\"]+$")]
"""An address without a name; Gmail tells no upper case from lower."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PubSub(_Part):
    """Where Gmail's pushes come from: https://developers.google.com/workspace/gmail/api/guides/push.

    ``topic`` is what the mailbox is watched with. A push proves itself by a token for ``audience`` of
    ``service_account``, and with ``subscription`` it must be that one's. ``certs_url`` stands in place of Google's.
    """

    topic: Annotated[str, Field(pattern=r"^projects/[^/\s]+/topics/[^/\s]+$")]
    audience: Annotated[str, Field(min_length=1)]
    service_account: Address
    subscription: Annotated[str, Field(pattern=r"^projects/[^/\s]+/subscriptions/[^/\s]+$")] | None = None
    certs_url: str = CERTS_URL


class Settings(_Part):
    """Settings of one mailbox. ``aliases`` are its other addresses: mail from any of them is our own.

    ``credentials_file`` holds a service account's JSON key or an authorised user's JSON. ``label_ids`` are what is
    watched and read. Without ``pub_sub`` the mailbox is polled only; ``registration``: whether the worker asks Gmail
    for its pushes. ``api_url`` and ``token_url`` stand in place of the vendor's hosts, whatever the credentials say.
    """

    mailbox: Address
    credentials_file: Path
    aliases: tuple[Address, ...] = ()
    label_ids: Annotated[tuple[str, ...], Field(min_length=1)] = ("INBOX",)
    pub_sub: PubSub | None = None
    registration: Literal["Managed", "Manual"] = "Managed"
    api_url: str | None = None
    token_url: str | None = None

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that is ours."""
        return frozenset((self.mailbox, *self.aliases))
