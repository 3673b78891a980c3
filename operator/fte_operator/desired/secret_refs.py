"""Every key of a user's Secret that pods need: what is read, digested, mounted and complained of follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired import image_contract
from fte_operator.desired.channels import type_of


@dataclass(frozen=True, slots=True)
class SecretUse:
    """The key `key` of Secret `secret`, which pods find as `file` in a folder of `channel`'s, or the database's (None).

    `field` is where it is asked for, for messages. An `optional` key may be absent.
    """

    channel: str | None
    field: str
    secret: str
    key: str
    file: str
    optional: bool = False


def secret_refs(fte: DigitalFTE, channels: Iterable[SupportChannel]) -> tuple[SecretUse, ...]:
    """Every use by `fte` and the `channels` bound to it; the database's is first."""
    ref = fte.spec.database.url_secret_ref
    database = SecretUse(None, "spec.database.urlSecretRef", ref.name, ref.key, image_contract.DATABASE_FILE)
    return database, *(use for channel in channels for use in channel_secrets(channel))


def channel_secrets(channel: SupportChannel) -> tuple[SecretUse, ...]:
    """Every use by one channel."""
    return tuple(
        SecretUse(
            channel.name,
            f"SupportChannel {channel.name} {field.field}",
            field.secret,
            field.key,
            field.file,
            field.optional,
        )
        for field in type_of(channel).secrets(channel.spec)
    )
