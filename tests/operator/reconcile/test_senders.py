"""A number is one channel's among all namespaces, for those who hold the account that it belongs to."""

import base64

import pytest
from custom_resources import raw_whatsapp

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
        placed = {"namespace": namespace, "creationTimestamp": f"2026-01-{day:02}T00:00:00Z"}
        self.objects[SUPPORT_CHANNEL, namespace, name] = made = raw | {"metadata": raw["metadata"] | placed}
        return parse_support_channel(made)

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
