"""The table of channel types: what each becomes, and that nothing else knows a type."""

import re
from pathlib import Path
from typing import get_args

import pytest
from custom_resources import channel, fte, whatsapp

import fte_operator
from fte_operator.api.channels import SupportChannelSpec
from fte_operator.desired.channels import TYPES
from fte_operator.desired.support_channel import endpoint_url, registration, settings

PACKAGE = Path(fte_operator.__file__).parent
NAMES = get_args(SupportChannelSpec.model_fields["type"].annotation)
PUBLIC = {"publicURL": "https://desk.example/"}
FOLDER = "/run/fte/secrets/channels/whatsapp"


def test_every_type_has_a_row() -> None:
    assert TYPES.keys() == set(NAMES)


def test_no_other_module_knows_a_type() -> None:
    known = {PACKAGE / "desired" / "channels.py", *(PACKAGE / "api").iterdir()}
    name = re.compile("|".join(NAMES))
    assert [path.name for path in PACKAGE.rglob("*.py") if path not in known and name.search(path.read_text())] == []


def test_a_web_form_in_the_documents() -> None:
    assert settings(channel(runState="Paused", webForm={"title": "Ask"})) == {
        "name": "website",
        "type": "WebForm",
        "run_state": "Paused",
        "web_form": {"title": "Ask", "rate_limit_per_minute": 60, "allowed_origins": []},
    }


def test_a_whatsapp_number_in_the_documents() -> None:
    reopen = {
        "contentSid": "HX" + "0" * 32,
        "variables": {"1": {"source": "CustomerName", "default": "there"}, "2": {"default": "us"}},
    }
    token = {"name": "twilio", "key": "new", "previousKey": "old"}
    shown = whatsapp(
        apiURL="https://proxy.example",
        authTokenSecretRef=token,
        registration="Managed",
        statusCallback="Disabled",
        templates={"reopen": reopen},
    )
    assert settings(shown) == {
        "name": "whatsapp",
        "type": "TwilioWhatsApp",
        "run_state": "Active",
        "twilio_whatsapp": {
            "sender": "+14155238886",
            "account_sid_file": f"{FOLDER}/account-sid",
            "auth_token_file": f"{FOLDER}/auth-token",
            "previous_auth_token_file": f"{FOLDER}/auth-token-previous",
            "api_url": "https://proxy.example",
            "status_callback": False,
            "registration": "Managed",
            "templates": {
                "reopen": {
                    "content_sid": "HX" + "0" * 32,
                    "variables": {
                        "1": {"source": "CustomerName", "default": "there"},
                        "2": {"source": None, "default": "us"},
                    },
                }
            },
        },
    }


def test_what_a_number_does_not_say_is_null_or_the_default() -> None:
    bare = settings(whatsapp())["twilio_whatsapp"]
    assert (bare["previous_auth_token_file"], bare["api_url"], bare["templates"]) == (None, None, {"reopen": None})
    assert (bare["status_callback"], bare["registration"]) == (True, "Manual")


def test_endpoints() -> None:
    assert endpoint_url(channel(), fte()) == "http://helper-api.team.svc/support/submit"
    assert endpoint_url(whatsapp(), fte(api=PUBLIC)) == "https://desk.example/webhooks/whatsapp"


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, ("https://desk.example/webhooks/whatsapp ", "https://desk.example/webhooks/whatsapp/status"), ()),
        ({"statusCallback": "Disabled"}, ("https://desk.example/webhooks/whatsapp ",), ("status callback",)),
        ({"registration": "Managed"}, ("registers the address itself",), ("https://",)),
    ],
    ids=["manual", "no callback", "managed"],
)
def test_a_person_is_told_what_to_set(changes: dict[str, str], said: tuple[str, ...], unsaid: tuple[str, ...]) -> None:
    text = registration(whatsapp(**changes), fte(api=PUBLIC))
    assert all(each in text for each in said)
    assert not any(each in text for each in unsaid)


def test_a_web_form_needs_no_registration() -> None:
    assert registration(channel(), fte()) == "no registration needed"
