"""A mailbox at Gmail."""

from typing import cast

from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.gmail import Gmail, PubSub
from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.desired import Object, image_contract
from fte_operator.desired.channel_types.base import ChannelType, SecretField, Urls

_CREDENTIALS = "credentials"
_PUBLISHER = "gmail-api-push@system.gserviceaccount.com"
"""Who publishes to the topic: https://developers.google.com/workspace/gmail/api/guides/push."""


def _gmail(spec: SupportChannelSpec) -> Gmail:
    return cast(Gmail, spec.gmail)  # the schema's rule: present with this type


def _settings(channel: SupportChannel, urls: Urls) -> Object:
    gmail = _gmail(channel.spec)
    return {
        "mailbox": gmail.mailbox,
        "credentials_file": f"{image_contract.channel_folder(channel.name)}/{_CREDENTIALS}",
        "aliases": list(gmail.aliases),
        "label_ids": list(gmail.label_ids),
        "pub_sub": _pub_sub(gmail.pub_sub, urls) if gmail.pub_sub else None,
        "registration": gmail.registration,
        "api_url": gmail.api_url,
        "token_url": gmail.token_url,
    }


def _pub_sub(pub_sub: PubSub, urls: Urls) -> Object:
    said = {
        "topic": pub_sub.topic,
        "subscription": pub_sub.subscription,
        "audience": _audience(pub_sub, urls),
        "service_account": pub_sub.service_account_email,
    }
    return said | ({"certs_url": pub_sub.certs_url} if pub_sub.certs_url else {})


def _audience(pub_sub: PubSub, urls: Urls) -> str | None:
    """As Pub/Sub chooses it: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions."""
    return pub_sub.push_audience or urls.endpoint


def _secrets(spec: SupportChannelSpec) -> tuple[SecretField, ...]:
    at = _gmail(spec).credentials_secret_ref
    return (SecretField("spec.gmail.credentialsSecretRef", at.name, at.key, _CREDENTIALS, of_workers=True),)


def _pushed(spec: SupportChannelSpec) -> bool:
    return _gmail(spec).pub_sub is not None


def _managed(spec: SupportChannelSpec) -> bool:
    return _pushed(spec) and _gmail(spec).registration == "Managed"


def _registration(spec: SupportChannelSpec, urls: Urls) -> str:
    pub_sub = _gmail(spec).pub_sub
    if pub_sub is None:
        return "the mailbox is read every five minutes, as gmail.pubSub is not set"
    which = pub_sub.subscription or f"of {pub_sub.topic}"
    said = (
        f"in Google Cloud, have push subscription {which} push to {urls.endpoint} with a token of "
        f"{pub_sub.service_account_email} for audience {_audience(pub_sub, urls)}"
    )
    return said if _managed(spec) else f"{said}, and ask Gmail every day to publish to {pub_sub.topic} (users.watch)"


def _unregistered(spec: SupportChannelSpec) -> str:
    late = "until then the mailbox is read every five minutes"
    pub_sub = _gmail(spec).pub_sub
    if pub_sub is None or not _managed(spec):
        return late
    return f"check that {pub_sub.topic} exists and that {_PUBLISHER} may publish to it; {late}"


GMAIL = ChannelType(
    member="gmail",
    topic="email",
    endpoint_path=lambda spec: "/webhooks/gmail" if _pushed(spec) else None,
    settings=_settings,
    secrets=_secrets,
    managed=_managed,
    registration=_registration,
    unregistered=_unregistered,
    pause="the mailbox is not read, and read on from there afterwards",
    sender_fields=(("gmail", "mailbox"), ("gmail", "aliases")),
    logins=((_CREDENTIALS,),),
    needs_public_url=_pushed,
    calls_vendor=True,
    api_calls_vendor=_pushed,
)
