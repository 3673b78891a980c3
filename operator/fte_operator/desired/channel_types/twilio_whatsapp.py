"""A WhatsApp number at Twilio."""

from typing import cast

from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.twilio_whatsapp import Template, TwilioWhatsApp
from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.desired import Object, image_contract
from fte_operator.desired.channel_types.base import ChannelType, SecretField, Urls

_ACCOUNT_SID, _AUTH_TOKEN, _PREVIOUS_TOKEN = "account-sid", "auth-token", "auth-token-previous"


def _twilio(spec: SupportChannelSpec) -> TwilioWhatsApp:
    return cast(TwilioWhatsApp, spec.twilio_whatsapp)  # the schema's rule: present with this type


def _settings(channel: SupportChannel, _: Urls) -> Object:
    twilio, folder = _twilio(channel.spec), image_contract.channel_folder(channel.name)
    has_previous = twilio.auth_token_secret_ref.previous_key is not None
    return {
        "sender": twilio.sender,
        "account_sid_file": f"{folder}/{_ACCOUNT_SID}",
        "auth_token_file": f"{folder}/{_AUTH_TOKEN}",
        "previous_auth_token_file": f"{folder}/{_PREVIOUS_TOKEN}" if has_previous else None,
        "api_url": twilio.api_url,
        "status_callback": twilio.status_callback == "Enabled",
        "registration": twilio.registration,
        "templates": {"reopen": _template(twilio.templates.reopen)},
    }


def _template(template: Template | None) -> Object | None:
    if template is None:
        return None
    gaps = {name: {"source": each.source, "default": each.default} for name, each in template.variables.items()}
    return {"content_sid": template.content_sid, "variables": gaps}


def _secrets(spec: SupportChannelSpec) -> tuple[SecretField, ...]:
    twilio = _twilio(spec)
    account, token = twilio.account_sid_secret_ref, twilio.auth_token_secret_ref
    token_field = "spec.twilioWhatsApp.authTokenSecretRef"  # noqa: S105 - a path
    needed = (
        SecretField("spec.twilioWhatsApp.accountSidSecretRef", account.name, account.key, _ACCOUNT_SID),
        SecretField(token_field, token.name, token.key, _AUTH_TOKEN),
    )
    if token.previous_key is None:
        return needed
    return (*needed, SecretField(token_field, token.name, token.previous_key, _PREVIOUS_TOKEN, optional=True))


def _callback(spec: SupportChannelSpec) -> str | None:
    return "/webhooks/whatsapp/status" if _twilio(spec).status_callback == "Enabled" else None


def _managed(spec: SupportChannelSpec) -> bool:
    return _twilio(spec).registration == "Managed"


def _registration(spec: SupportChannelSpec, urls: Urls) -> str:
    if _managed(spec):
        return "the employee registers the address itself"
    said = f"in Twilio's console, set the sender's webhook for incoming messages to {urls.endpoint} (HTTP POST)"
    return said + (f" and its status callback URL to {urls.callback}" if urls.callback else "")


def _unregistered(spec: SupportChannelSpec) -> str:
    if not _managed(spec):
        return "until then what is written to it is found by asking the vendor, a minute late"
    account = _twilio(spec).account_sid_secret_ref.name
    return (
        f"check that the account in Secret {account} has this sender, or set registration to Manual and register it by "
        "hand"
    )


TWILIO_WHATSAPP = ChannelType(
    member="twilio_whatsapp",
    topic="whatsapp",
    endpoint_path=lambda _: "/webhooks/whatsapp",
    settings=_settings,
    secrets=_secrets,
    callback_path=_callback,
    managed=_managed,
    registration=_registration,
    unregistered=_unregistered,
    sender_fields=(("twilioWhatsApp", "sender"),),
    logins=((_ACCOUNT_SID, _AUTH_TOKEN), (_ACCOUNT_SID, _PREVIOUS_TOKEN)),
    needs_public_url=lambda _: True,
    calls_vendor=True,
    fee=lambda spec: _twilio(spec).fee_per_message,
)
