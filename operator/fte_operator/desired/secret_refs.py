"""Every key of a user's Secret that pods need: what is read, digested, mounted and complained of follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired import image_contract as image
from fte_operator.desired.channels import type_of
from fte_operator.desired.references import CHANNELS, DATABASE, EMBEDDING, KAFKA, MANAGEMENT, MODEL, WORKER_CHANNELS


@dataclass(frozen=True, slots=True)
class SecretUse:
    """The key `key` of Secret `secret`, which pods find as `file` in the folder of `group`.

    `group` is `DATABASE`, `KAFKA`, `MODEL` (of workers alone), `EMBEDDING` (of those, of knowledge Jobs, and of the API
    where it manages), `MANAGEMENT` (of the API alone), `CHANNELS` or `WORKER_CHANNELS` (of workers alone), the last two
    with a folder for each `channel` (None: of no channel). `field` is where it is asked for, for messages. An
    `optional` key may be absent. A `bearer` token is sent in a header, which takes one word of visible ASCII; `tokens`
    are several of those, as the API takes them.
    """

    group: str
    channel: str | None
    field: str
    secret: str
    key: str
    file: str
    optional: bool = False
    bearer: bool = False
    tokens: bool = False


def secret_refs(fte: DigitalFTE, channels: Iterable[SupportChannel]) -> tuple[SecretUse, ...]:
    """Every use by `fte` and the `channels` bound to it."""
    return (
        *_database(fte),
        *_kafka(fte),
        *model(fte),
        *embedding(fte),
        *_management(fte),
        *(use for channel in channels for use in channel_secrets(channel)),
    )


def channel_secrets(channel: SupportChannel) -> tuple[SecretUse, ...]:
    """Every use by one channel."""
    return tuple(
        SecretUse(
            WORKER_CHANNELS if field.of_workers else CHANNELS,
            channel.name,
            f"SupportChannel {channel.name} {field.field}",
            field.secret,
            field.key,
            field.file,
            field.optional,
        )
        for field in type_of(channel).secrets(channel.spec)
    )


def model(fte: DigitalFTE) -> tuple[SecretUse, ...]:
    """The key of a hosted model."""
    ref = fte.spec.model.api_key_secret_ref
    if ref is None:
        return ()
    return (SecretUse(MODEL, None, "spec.model.apiKeySecretRef", ref.name, ref.key, image.API_KEY_FILE, bearer=True),)


def embedding(fte: DigitalFTE) -> tuple[SecretUse, ...]:
    """The key of a hosted embedder."""
    hosted = fte.spec.hosted_embedding
    if hosted is None or (ref := hosted.api_key_secret_ref) is None:
        return ()
    field = "spec.embedding.apiKeySecretRef"
    return (SecretUse(EMBEDDING, None, field, ref.name, ref.key, image.API_KEY_FILE, bearer=True),)


def _management(fte: DigitalFTE) -> list[SecretUse]:
    managed = fte.spec.api.management
    if managed is None:
        return []
    field, secret = "spec.api.management.tokensSecretRef", managed.tokens_secret_ref.name
    return [SecretUse(MANAGEMENT, None, field, secret, role, role, tokens=True) for role in image.MANAGEMENT_FILES]


def _database(fte: DigitalFTE) -> list[SecretUse]:
    url, ca = fte.spec.database.url_secret_ref, fte.spec.database.ca_secret_ref
    uses = [SecretUse(DATABASE, None, "spec.database.urlSecretRef", url.name, url.key, image.DATABASE_FILE)]
    if ca is not None:
        uses.append(SecretUse(DATABASE, None, "spec.database.caSecretRef", ca.name, ca.key, image.CA_FILE))
    return uses


def _kafka(fte: DigitalFTE) -> list[SecretUse]:
    tls, authentication = fte.spec.kafka.tls, fte.spec.kafka.authentication
    uses = []
    if tls and (ca := tls.ca_secret_ref):
        uses.append(SecretUse(KAFKA, None, "spec.kafka.tls.caSecretRef", ca.name, ca.key, image.CA_FILE))
    if authentication and (password := authentication.password_secret_ref):
        field = "spec.kafka.authentication.passwordSecretRef"
        uses.append(SecretUse(KAFKA, None, field, password.name, password.key, image.PASSWORD_FILE))
    if authentication and (pair := authentication.certificate_and_key_secret_ref):
        field = "spec.kafka.authentication.certificateAndKeySecretRef"
        uses.append(SecretUse(KAFKA, None, field, pair.name, pair.certificate, image.CERTIFICATE_FILE))
        uses.append(SecretUse(KAFKA, None, field, pair.name, pair.key, image.KEY_FILE))
    return uses
