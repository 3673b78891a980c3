from itertools import islice

import pytest

from fte_operator import informers
from fte_operator.cluster.apply import ADOPT
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, SECRET, SUPPORT_CHANNEL
from fte_operator.router import Router, Sighting
from fte_operator.workqueue import Key

FTE, CHANNEL = Key("DigitalFTE", "shop", "helper"), Key("SupportChannel", "shop", "website")


def an_object(name, spec=None, owner=None, uid="u1"):
    metadata = {"namespace": "shop", "name": name, "uid": uid, "resourceVersion": "7"}
    if owner:
        metadata["ownerReferences"] = [{"kind": "DigitalFTE", "name": owner, "controller": True}]
    return {"metadata": metadata, "spec": spec or {}}


@pytest.fixture
def keys():
    return set()


@pytest.fixture
def router(keys):
    router = Router(keys.add, informers.WATCHES)
    spec = {
        "channels": [{"channelRef": "website"}],
        "database": {"urlSecretRef": {"name": "db", "key": "url"}},
    }
    router.event(DIGITAL_FTE, an_object("helper", spec), deleted=False)
    assert keys == {FTE, CHANNEL}
    keys.clear()
    return router


def test_a_channel_wakes_the_employees_bound_to_it(router, keys):
    router.event(SUPPORT_CHANNEL, an_object("website"), deleted=False)
    assert keys == {CHANNEL, FTE}


def test_a_channel_taken_off_an_employee_is_woken_once_more(router, keys):
    router.event(DIGITAL_FTE, an_object("helper", {"channels": []}), deleted=False)
    assert keys == {FTE, CHANNEL}
    keys.clear()
    router.event(SUPPORT_CHANNEL, an_object("website"), deleted=False)
    assert keys == {CHANNEL}


def test_a_deleted_employee_wakes_its_channels(router, keys):
    router.event(DIGITAL_FTE, an_object("helper"), deleted=True)
    assert keys == {FTE, CHANNEL}


def test_a_watched_secret_wakes_its_users(router, keys):
    router.event(SECRET, an_object("db"), deleted=False)
    assert keys == {FTE}


def test_a_channels_secret_wakes_the_channel_and_the_employees_bound_to_it(router, keys):
    spec = {"twilioWhatsApp": {"authTokenSecretRef": {"name": "twilio", "key": "token"}}}
    router.event(SUPPORT_CHANNEL, an_object("website", spec), deleted=False)
    keys.clear()
    router.event(SECRET, an_object("twilio"), deleted=False)
    assert keys == {CHANNEL, FTE}


def test_a_child_wakes_its_owner(router, keys):
    router.event(CONFIG_MAP, an_object("helper-api-0123456789", owner="helper"), deleted=True)
    assert keys == {FTE}


@pytest.mark.parametrize("name", ["../../victim/digitalftes/helper", "a?limit=9", ""])
def test_what_no_employee_can_be_called_owns_nothing_and_adopts_nothing(router, keys, name):
    """Whoever makes an object writes both, and the API server takes any text for them."""
    router.event(CONFIG_MAP, an_object("theirs", owner=name), deleted=False)
    given = an_object("theirs")
    given["metadata"]["annotations"] = {ADOPT: name}
    router.event(CONFIG_MAP, given, deleted=False)
    assert keys == set()


def test_a_deployment_wakes_the_channels_too(router, keys):
    router.event(DEPLOYMENT, an_object("helper-api", owner="helper"), deleted=False)
    assert keys == {FTE, CHANNEL}


def test_whose_child_vanished_is_woken(router, keys):
    router.event(DEPLOYMENT, an_object("helper-api", owner="helper"), deleted=False)
    keys.clear()
    router.vanished(DEPLOYMENT, ["u1"])
    assert keys == {FTE, CHANNEL}
    assert router.seen[DEPLOYMENT] == {}


def test_many_that_vanished_at_once_take_no_longer_each(router):
    """Ten thousand took ten seconds, and with them the Lease."""
    looked = 0

    class Counted(dict):
        def values(self):
            nonlocal looked
            looked += 1
            return super().values()

    for number in range(3000):
        router.event(CONFIG_MAP, an_object(f"many-{number}", uid=f"m{number}"), deleted=False)
    router.seen[CONFIG_MAP] = Counted(router.seen[CONFIG_MAP])
    assert len(router.vanished(CONFIG_MAP, [f"m{number}" for number in range(3000)])) == 3000
    assert looked == 1


def test_an_employee_that_vanished_is_bound_to_nothing_any_more(router, keys):
    router.vanished(DIGITAL_FTE, ["u1"])
    assert keys == {FTE, CHANNEL}
    keys.clear()
    router.event(SECRET, an_object("db"), deleted=False)
    assert keys == set()


def test_a_strangers_object_wakes_nobody(router, keys):
    router.event(SECRET, an_object("other"), deleted=False)
    assert keys == set()


def test_the_newest_version_seen_is_remembered_until_deletion(router):
    assert router.seen[DIGITAL_FTE] == {"u1": Sighting("7", "shop", "helper")}
    router.event(DIGITAL_FTE, an_object("helper"), deleted=True)
    assert router.seen[DIGITAL_FTE] == {}


def test_kopf_is_given_event_handlers_only():
    """Any other handler would make kopf write: finalizers, annotations, Events."""

    async def no_connection():
        raise AssertionError

    registry = informers.registry(Router(lambda key: None, informers.WATCHES), no_connection)
    assert len(list(registry._watching.get_all_handlers())) == len(informers.WATCHES)
    for others in (registry._changing, registry._spawning, registry._indexing, registry._webhooks):
        assert list(others.get_all_handlers()) == []


def test_every_kind_but_our_own_is_selected_by_label():
    chosen = informers.settings()
    unselected = {kind.name for kind in informers.WATCHES if not informers.WATCHES[kind]}
    assert unselected == {"DigitalFTE", "SupportChannel"}
    assert not chosen.posting.enabled
    assert chosen.peering.standalone


def test_a_watch_that_is_refused_is_tried_for_ever():
    """kopf would end, and every other namespace's watches with it; what has a length it counts."""
    times = informers.settings().networking.error_backoffs
    assert not hasattr(times, "__len__")
    waited = list(islice(times, 1000))
    assert len(waited) == 1000 and max(waited) <= 60
    assert list(islice(times, 3)) == waited[:3], "each request begins anew"
