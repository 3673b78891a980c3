"""The table of channel types: what each becomes, and that nothing else knows a type."""

import re
from pathlib import Path
from typing import get_args

import pytest
from custom_resources import channel, fte, gmail, pub_sub, whatsapp

import fte_operator
from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.desired import documents
from fte_operator.desired.channels import TYPES
from fte_operator.desired.references import References
from fte_operator.desired.support_channel import endpoint_url, fees, is_reachable, registration, settings

PACKAGE = Path(fte_operator.__file__).parent
NAMES = get_args(SupportChannelSpec.model_fields["type"].annotation)
PUBLIC = {"publicURL": "https://desk.example/"}
PUSHED = gmail(pubSub=pub_sub())
FOLDER = "/run/fte/secrets/channels/whatsapp"


def test_every_type_has_a_row() -> None:
    assert TYPES.keys() == set(NAMES)


def test_no_other_module_knows_a_type() -> None:
    desired = PACKAGE / "desired"
    known = {desired / "channels.py", *(desired / "channel_types").iterdir(), *(PACKAGE / "api").iterdir()}
    name = re.compile("|".join(NAMES))
    assert [path.name for path in PACKAGE.rglob("*.py") if path not in known and name.search(path.read_text())] == []


def test_a_web_form_in_the_documents() -> None:
    assert settings(channel(runState="Paused", webForm={"title": "Ask"}), fte()) == {
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
    assert settings(shown, fte()) == {
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


def test_a_fee_counts_only_where_it_is_named() -> None:
    assert fees((whatsapp(feePerMessage=5000), channel())) == {whatsapp().name: 5000}
    assert fees((whatsapp(feePerMessage=0),)) == {whatsapp().name: 0}
    assert fees((whatsapp(), channel())) == {}


def test_a_fee_is_in_the_worker_s_document_alone_and_rolls_no_api() -> None:
    bare, priced = (References("i", channels=(whatsapp(**fee),)) for fee in ({}, {"feePerMessage": 5000}))
    assert documents.api(fte(), bare) == documents.api(fte(), priced)
    assert "fees" not in documents.worker(fte(), bare).text
    assert f"fees:\n  {whatsapp().name}: 5000\n" in documents.worker(fte(), priced).text


def test_what_a_number_does_not_say_is_null_or_the_default() -> None:
    bare = settings(whatsapp(), fte())["twilio_whatsapp"]
    assert (bare["previous_auth_token_file"], bare["api_url"], bare["templates"]) == (None, None, {"reopen": None})
    assert (bare["status_callback"], bare["registration"]) == (True, "Manual")


def test_a_mailbox_in_the_documents() -> None:
    pushes = pub_sub(
        subscription="projects/shop/subscriptions/mail",
        pushAudience="mail-of-the-shop",
        certsURL="https://proxy.example/certs",
    )
    shown = gmail(
        aliases=["help@northwind.example"],
        labelIds=["INBOX", "Label_12"],
        pubSub=pushes,
        registration="Manual",
        apiURL="https://proxy.example/gmail",
        tokenURL="https://proxy.example/token",
    )
    assert settings(shown, fte()) == {
        "name": "mail",
        "type": "Gmail",
        "run_state": "Active",
        "gmail": {
            "mailbox": "support@northwind.example",
            "credentials_file": "/run/fte/secrets/channels/mail/credentials",
            "aliases": ["help@northwind.example"],
            "label_ids": ["INBOX", "Label_12"],
            "pub_sub": {
                "topic": "projects/shop/topics/mail",
                "subscription": "projects/shop/subscriptions/mail",
                "audience": "mail-of-the-shop",
                "service_account": "push@shop.iam.example.com",
                "certs_url": "https://proxy.example/certs",
            },
            "registration": "Manual",
            "api_url": "https://proxy.example/gmail",
            "token_url": "https://proxy.example/token",
        },
    }


def test_what_a_mailbox_does_not_say_is_null_or_the_default() -> None:
    bare = settings(gmail(), fte())["gmail"]
    assert (bare["pub_sub"], bare["api_url"], bare["token_url"], bare["aliases"]) == (None, None, None, [])
    assert (bare["label_ids"], bare["registration"]) == (["INBOX"], "Managed")


def test_the_audience_of_pushes_is_their_endpoint_unless_another_is_asked_for() -> None:
    pushes = settings(PUSHED, fte(api=PUBLIC))["gmail"]["pub_sub"]
    assert pushes["audience"] == "https://desk.example/webhooks/gmail"
    assert "certs_url" not in pushes, "the runtime knows Google's"


def test_a_mailbox_s_credentials_are_of_workers_alone() -> None:
    (field,) = TYPES["Gmail"].secrets(gmail().spec)
    assert (field.field, field.secret, field.key) == ("spec.gmail.credentialsSecretRef", "gmail", "key")
    assert field.of_workers
    assert not any(field.of_workers for field in TYPES["TwilioWhatsApp"].secrets(whatsapp().spec)), (
        "it verifies with it"
    )


def test_endpoints() -> None:
    assert endpoint_url(channel(), fte()) == "http://helper-api.team.svc/support/submit"
    assert endpoint_url(whatsapp(), fte(api=PUBLIC)) == "https://desk.example/webhooks/whatsapp"
    assert endpoint_url(PUSHED, fte(api=PUBLIC)) == "https://desk.example/webhooks/gmail"
    assert endpoint_url(gmail(), fte(api=PUBLIC)) is None, "nobody sends to it"


def test_only_what_comes_from_outside_needs_a_public_url() -> None:
    assert [is_reachable(each, fte()) for each in (channel(), gmail(), PUSHED, whatsapp())] == [
        True,
        True,
        False,
        False,
    ]
    assert is_reachable(PUSHED, fte(api=PUBLIC))


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


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        (
            {"subscription": "projects/shop/subscriptions/mail"},
            ("subscription projects/shop/subscriptions/mail ", "https://desk.example/webhooks/gmail", "token of push@"),
            ("users.watch",),
        ),
        (
            {"pushAudience": "shop"},
            ("audience shop", "subscription of projects/shop/topics/mail"),
            ("//desk-",),
        ),
    ],
    ids=["subscription", "audience"],
)
def test_a_person_is_told_where_pushes_go(
    changes: dict[str, str], said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    text = registration(gmail(pubSub=pub_sub(**changes)), fte(api=PUBLIC))
    assert all(each in text for each in said)
    assert not any(each in text for each in unsaid)


def test_who_watches_the_mailbox_by_hand_is_told_to_do_it_daily() -> None:
    text = registration(gmail(pubSub=pub_sub(), registration="Manual"), fte(api=PUBLIC))
    assert "ask Gmail every day to publish to projects/shop/topics/mail (users.watch)" in text
    assert "read every five minutes" in registration(gmail(), fte())


def test_a_vendor_that_was_not_told_has_its_own_remedy() -> None:
    def remedy(shown: SupportChannel) -> str:
        return TYPES[shown.spec.type].unregistered(shown.spec)

    assert "gmail-api-push@system.gserviceaccount.com may publish to it" in remedy(PUSHED)
    assert "every five minutes" in remedy(gmail(pubSub=pub_sub(), registration="Manual"))
    assert "Secret twilio has this sender" in remedy(whatsapp(registration="Managed"))
    assert "a minute late" in remedy(whatsapp())


def test_a_web_form_needs_no_registration() -> None:
    assert registration(channel(), fte()) == "no registration needed"
