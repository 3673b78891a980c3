"""A number is one channel's among all namespaces, for those who hold the account that it belongs to."""

import base64

import pytest
from custom_resources import raw_gmail, raw_whatsapp

from fte_operator.api.v1alpha1 import parse_support_channel
from fte_operator.cluster.errors import Forbidden, TooLarge, Unreachable
from fte_operator.cluster.kinds import SECRET, SUPPORT_CHANNEL
from fte_operator.reconcile import conflicts

MINE, THEIRS = ("AC01", "canary-token"), ("AC02", "other-token")
TOKENS = {"name": "twilio", "key": "auth-token", "previousKey": "auth-token-previous"}


class Stored:
    """What of a cluster is asked for: channels and Secrets by namespace; an error in a Secret's place is raised."""

    def __init__(self):
        self.objects, self.read = {}, []

    def channel(self, namespace, name="whatsapp", day=1, keys="twilio"):
        raw = raw_whatsapp(
            name,
            accountSidSecretRef={"name": keys, "key": "account-sid"},
            authTokenSecretRef=TOKENS | {"name": keys},
        )
        return self.put(namespace, name, day, raw)

    def put(self, namespace, name, day, raw):
        placed = {"namespace": namespace, "creationTimestamp": f"2026-01-{day:02}T00:00:00Z"}
        self.objects[SUPPORT_CHANNEL, namespace, name] = made = raw | {"metadata": raw["metadata"] | placed}
        return parse_support_channel(made)

    def mailbox(self, namespace, name="mail", day=1, keys="gmail", **settings):
        raw = raw_gmail(name, credentialsSecretRef={"name": keys, "key": "key"}, **settings)
        return self.put(namespace, name, day, raw)

    def key(self, namespace, text, name="gmail"):
        data = {"key": base64.b64encode(text.encode()).decode()}
        self.objects[SECRET, namespace, name] = {"metadata": {"name": name}, "data": data}

    def secret(self, namespace, account, token, previous=None, name="twilio"):
        given = {"account-sid": account, "auth-token": token, "auth-token-previous": previous}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in given.items() if text is not None}
        self.objects[SECRET, namespace, name] = {"metadata": {"name": name}, "data": data}

    async def scan(self, kind, namespace, row):
        return [row(raw) for key, raw in self.objects.items() if key[0] is kind and namespace in (None, key[1])]

    async def get(self, kind, namespace, name, *, within=None):
        self.read.append((kind, namespace, name))
        found = self.objects.get((kind, namespace, name))
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def stored():
    """My channel is of the 20th."""
    made = Stored()
    made.secret("mine", *MINE)
    return made


async def taken(stored, namespaces=()):
    return await conflicts.sender_taken(stored, stored.channel("mine", day=20), namespaces)


async def test_a_channel_that_holds_no_credentials_takes_nobodys_number(stored):
    stored.channel("evil")
    assert await taken(stored) is None


@pytest.mark.parametrize(
    "theirs",
    [THEIRS, (MINE[0], "guessed"), (THEIRS[0], MINE[1]), (MINE[0], ""), ("", ""), (MINE[0], "guessed", "again")],
)
async def test_nor_does_one_that_knows_less_than_account_and_token(stored, theirs):
    """An account's SID is no secret: it stands in logs and addresses."""
    stored.channel("evil")
    stored.secret("evil", *theirs)
    assert await taken(stored) is None


async def test_of_two_that_hold_the_account_the_older_has_the_number(stored):
    stored.channel("elsewhere")
    stored.secret("elsewhere", *MINE)
    problem = await taken(stored)
    assert problem.reason == "SenderTaken" and problem.stalled
    for word in ("elsewhere", "whatsapp,", *MINE):
        assert word not in problem.message
    assert "make new credentials" in problem.message, "what who holds the account can do"
    younger = stored.channel("elsewhere", day=21)
    assert await conflicts.sender_taken(stored, younger, ()) is not None
    assert await taken(stored) is None


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ((MINE[0], "new", MINE[1]), MINE),
        (MINE, (MINE[0], "new", MINE[1])),
        ((MINE[0], MINE[1] + "\n"), (MINE[0] + "\n", MINE[1])),
    ],
)
async def test_while_a_token_is_replaced_they_still_hold_one_account(stored, mine, theirs):
    stored.secret("mine", *mine)
    stored.channel("elsewhere")
    stored.secret("elsewhere", *theirs)
    assert (await taken(stored)).reason == "SenderTaken"


async def test_who_holds_no_credentials_is_told_nothing_of_others(stored):
    """A prober: neither a reason nor a message, whoever has the number."""
    stored.channel("elsewhere")
    stored.secret("elsewhere", *MINE)
    stored.channel("evil", day=20)
    for given in (None, THEIRS, (MINE[0], "guessed"), ("", "")):
        if given:
            stored.secret("evil", *given)
        assert await conflicts.sender_taken(stored, stored.channel("evil", day=20), ()) is None


async def test_within_a_namespace_the_older_has_it_whatever_it_holds(stored):
    stored.channel("mine", "elder", keys="none")
    stored.channel("elsewhere", day=2)
    stored.secret("elsewhere", *MINE)
    problem = await taken(stored)
    assert problem.reason == "SenderTaken" and "SupportChannel elder" in problem.message


@pytest.mark.parametrize("error", [TooLarge("too large"), Forbidden("403")])
async def test_what_cannot_be_read_of_others_holds_nobody_back(stored, error):
    stored.channel("evil")
    stored.objects[SECRET, "evil", "twilio"] = error
    assert await taken(stored) is None


async def test_a_server_that_does_not_answer_is_no_answer(stored):
    stored.channel("elsewhere")
    stored.objects[SECRET, "elsewhere", "twilio"] = Unreachable("no answer")
    with pytest.raises(Unreachable):
        await taken(stored)


async def test_a_crowd_of_channels_with_one_number_costs_one_look(stored):
    """Of one namespace the oldest alone can run."""
    for n in range(50):
        stored.channel("evil", f"c{n:02}", keys=f"s{n}")
    stored.read.clear()
    assert await taken(stored) is None
    assert [each for each in stored.read if each[1] == "evil"] == [
        (SUPPORT_CHANNEL, "evil", "c00"),
        (SECRET, "evil", "s0"),
    ]


async def test_a_channel_that_is_gone_or_refused_by_then_holds_nothing(stored):
    stored.channel("elsewhere")
    stored.secret("elsewhere", *MINE)
    listed = await stored.scan(SUPPORT_CHANNEL, "elsewhere", lambda raw: raw)
    for now in (None, listed[0] | {"spec": {"type": "TwilioWhatsApp"}}):
        gone = Stored()
        gone.objects = stored.objects

        async def get(kind, namespace, name, *, within=None, now=now):
            return (
                now
                if (kind, namespace) == (SUPPORT_CHANNEL, "elsewhere")
                else stored.objects.get((kind, namespace, name))
            )

        gone.get = get
        assert await taken(gone) is None


SHOP, HELP, SALES = "shop@x.example", "help@x.example", "sales@x.example"


@pytest.mark.parametrize(
    ("older", "younger", "address"),
    [
        ({"mailbox": SHOP}, {"mailbox": SHOP}, SHOP),
        ({"mailbox": SHOP, "aliases": [HELP]}, {"mailbox": HELP}, HELP),
        ({"mailbox": SHOP}, {"mailbox": HELP, "aliases": [SALES, SHOP]}, SHOP),
        ({"mailbox": SHOP, "aliases": [SALES]}, {"mailbox": HELP, "aliases": [SALES]}, SALES),
    ],
)
async def test_an_address_is_one_mailbox_s_wherever_it_stands(stored, older, younger, address):
    stored.mailbox("mine", "elder", **older)
    mine = stored.mailbox("mine", day=20, **younger)
    problem = await conflicts.sender_taken(stored, mine, ())
    assert problem.reason == "SenderTaken" and f" {address} belongs to" in problem.message
    assert await conflicts.sender_taken(stored, stored.mailbox("mine", "elder", **older), ()) is None


async def test_mailboxes_that_share_nothing_and_channels_of_other_types_are_no_rivals(stored):
    stored.mailbox("mine", "elder", mailbox=SHOP, aliases=[HELP])
    stored.channel("mine", "phone")
    assert await conflicts.sender_taken(stored, stored.mailbox("mine", day=20, mailbox=SALES), ()) is None


async def test_a_mailbox_elsewhere_counts_by_its_credentials_whichever_address_it_shares(stored):
    stored.key("mine", "key of the domain")
    mine = {"mailbox": SHOP, "aliases": [HELP]}
    stored.mailbox("elsewhere", "first", keys="none", mailbox=SHOP)
    stored.mailbox("elsewhere", "second", day=2, mailbox=HELP)
    for key in ("another key", "key of the domain\n"):
        stored.key("elsewhere", key)
        problem = await conflicts.sender_taken(stored, stored.mailbox("mine", day=20, **mine), ())
        assert (problem is not None) is key.startswith("key")
    assert f"spec.gmail.aliases {HELP} belongs to an older channel in another namespace" in problem.message
    assert "elsewhere" not in problem.message and "second" not in problem.message
