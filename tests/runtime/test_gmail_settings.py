"""What a document may say of a mailbox."""

import pytest
from pydantic import ValidationError

from fte_runtime.channels.gmail.settings import CERTS_URL, Settings

PUB_SUB = {
    "topic": "projects/desk-project/topics/mail",
    "audience": "https://support.example.org/webhooks/gmail",
    "service_account": "push@desk-project.iam.gserviceaccount.com",
}
LEAST = {"mailbox": "Desk@Example.org", "credentials_file": "/secrets/credentials.json"}


def test_the_least_polls_the_inbox():
    settings = Settings.model_validate(LEAST)
    assert (settings.mailbox, settings.label_ids, settings.pub_sub) == ("desk@example.org", ("INBOX",), None)


def test_every_address_of_ours_is_in_lower_case():
    settings = Settings.model_validate(LEAST | {"aliases": ["Billing@example.org"]})
    assert settings.addresses == {"desk@example.org", "billing@example.org"}


def test_pushes_are_checked_against_google_s_own_keys_unless_told():
    assert Settings.model_validate(LEAST | {"pub_sub": PUB_SUB}).pub_sub.certs_url == CERTS_URL


@pytest.mark.parametrize(
    "changes",
    [
        {"mailbox": "desk"},
        {"mailbox": "Desk <desk@example.org>"},
        {"mailbox": "a@b@c"},
        {"mailbox": "me"},
        {"aliases": ["desk@example.org\nX: y"]},
        {"label_ids": []},
        {"other": 1},
        {"pub_sub": PUB_SUB | {"topic": "mail"}},
        {"pub_sub": PUB_SUB | {"subscription": "mail"}},
        {"pub_sub": PUB_SUB | {"audience": ""}},
        {"pub_sub": {}},
    ],
)
def test_what_is_wrong_is_refused(changes):
    with pytest.raises(ValidationError):
        Settings.model_validate(LEAST | changes)
