"""Every channel type, a row each: the one place, besides the API, that knows types by name.

A new type is its member in `fte_operator.api.channels` and a row here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from fte_operator.api.channels import SupportChannelSpec, Template, TwilioWhatsApp, WebForm
from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.desired import Object, image_contract

_ACCOUNT_SID, _AUTH_TOKEN, _PREVIOUS_TOKEN = "account-sid", "auth-token", "auth-token-previous"


@dataclass(frozen=True, slots=True)
class SecretField:
    """A key of a Secret that the settings name in `field`, a path from ``spec`` on; pods find it as `file`.

    An `optional` key may be absent.
    """

    field: str
    secret: str
    key: str
    file: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ChannelType:
    """What a type differs in.

    `member` is the name of its `settings` in the documents. ``channels.<topic>.inbound`` is where its raw events and
    reports go, as in the table of traits that API and worker have. `endpoint_path` is where messages come in, and
    `callback_path` where the vendor reports what became of an answer (None: it does not). `sender_field` is the
    path under ``spec`` of the address that one channel alone may have, and `logins` the files which together, each row
    of them, open the vendor's account that it belongs to. `managed` says whether the employee itself
    tells the vendor where to send to; if it does not, `manual` says what a person sets, with ``{endpoint}`` for the
    URL; so does `manual_callback`, with ``{callback}``. `calls_vendor` says that workers speak HTTPS with a vendor.
    """

    member: str
    topic: str
    endpoint_path: str
    settings: Callable[[SupportChannel], Object]
    secrets: Callable[[SupportChannelSpec], tuple[SecretField, ...]] = lambda _: ()
    callback_path: Callable[[SupportChannelSpec], str | None] = lambda _: None
    managed: Callable[[SupportChannelSpec], bool] = lambda _: False
    sender_field: tuple[str, ...] = ()
    logins: tuple[tuple[str, ...], ...] = ()
    needs_public_url: bool = False
    calls_vendor: bool = False
    manual: str = "no registration needed"
    manual_callback: str = ""


def type_of(channel: SupportChannel) -> ChannelType:
    """The row of a channel's type."""
    return TYPES[channel.spec.type]


def _web_form(channel: SupportChannel) -> Object:
    form = channel.spec.web_form or WebForm()
    return {
        "title": form.title,
        "rate_limit_per_minute": form.rate_limit_per_minute,
        "allowed_origins": list(form.allowed_origins),
    }


def _twilio(spec: SupportChannelSpec) -> TwilioWhatsApp:
    return cast(TwilioWhatsApp, spec.twilio_whatsapp)  # the schema's rule: present with this type


def _twilio_settings(channel: SupportChannel) -> Object:
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


def _twilio_secrets(spec: SupportChannelSpec) -> tuple[SecretField, ...]:
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


def _twilio_callback(spec: SupportChannelSpec) -> str | None:
    return "/webhooks/whatsapp/status" if _twilio(spec).status_callback == "Enabled" else None


TYPES: Final[Mapping[str, ChannelType]] = MappingProxyType(
    {
        "WebForm": ChannelType(member="web_form", topic="webform", endpoint_path="/support/submit", settings=_web_form),
        "TwilioWhatsApp": ChannelType(
            member="twilio_whatsapp",
            topic="whatsapp",
            endpoint_path="/webhooks/whatsapp",
            settings=_twilio_settings,
            secrets=_twilio_secrets,
            callback_path=_twilio_callback,
            managed=lambda spec: _twilio(spec).registration == "Managed",
            sender_field=("twilioWhatsApp", "sender"),
            logins=((_ACCOUNT_SID, _AUTH_TOKEN), (_ACCOUNT_SID, _PREVIOUS_TOKEN)),
            needs_public_url=True,
            calls_vendor=True,
            manual="in Twilio's console, set the sender's webhook for incoming messages to {endpoint} (HTTP POST)",
            manual_callback=" and its status callback URL to {callback}",
        ),
    }
)
"""Rows by the name in ``spec.type``."""
