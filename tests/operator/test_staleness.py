from fte_operator.cluster.errors import Forbidden, Unreachable
from fte_operator.cluster.kinds import DIGITAL_FTE, SECRET
from fte_operator.router import Router, Sighting
from fte_operator.staleness import Staleness
from fte_operator.workqueue import Key


class Lists:
    """What lists show, by kind; an error is raised."""

    def __init__(self, **shown):
        self.shown = shown
        self.asked = []

    async def versions(self, kind, namespace, selector=""):
        self.asked.append((kind.name, namespace, selector))
        shown = self.shown.get(kind.name, {})
        if isinstance(shown, Exception):
            raise shown
        return shown


def staleness(lists, seen, namespaces=(), heard=None):
    router = Router((heard if heard is not None else set()).add, [DIGITAL_FTE, SECRET])
    router.seen[DIGITAL_FTE] = seen
    return Staleness(lists, {DIGITAL_FTE: "", SECRET: "a=b"}, router, namespaces)


def at(version, namespace="here", name="helper"):
    return Sighting(version, namespace, name)


async def test_what_handlers_saw_is_fresh():
    checked = staleness(Lists(DigitalFTE={"u": "7"}), {"u": at("7")})
    await checked.check()
    await checked.check()
    assert checked.fault() is None


async def test_a_version_missing_twice_is_stale_and_recovers():
    lists, seen = Lists(DigitalFTE={"u": "7"}), {"u": at("6")}
    checked = staleness(lists, seen)
    await checked.check()
    assert checked.fault() is None
    await checked.check()
    assert "DigitalFTE" in checked.fault()
    seen["u"] = at("7")
    await checked.check()
    assert checked.fault() is None


async def test_a_busy_object_is_not_stale():
    lists, seen = Lists(DigitalFTE={"u": "7"}), {"u": at("6")}
    checked = staleness(lists, seen)
    await checked.check()
    seen["u"], lists.shown["DigitalFTE"] = at("8"), {"u": "9"}
    await checked.check()
    assert checked.fault() is None


async def test_an_unseen_object_counts():
    checked = staleness(Lists(DigitalFTE={"u": "7"}), {})
    await checked.check()
    await checked.check()
    assert checked.fault()


async def test_a_list_that_fails_says_nothing():
    checked = staleness(Lists(DigitalFTE=Unreachable("no")), {})
    await checked.check()
    await checked.check()
    assert checked.fault() is None


async def test_a_namespace_without_rights_hides_nothing_of_the_others():
    class Refusing(Lists):
        async def versions(self, kind, namespace, selector=""):
            if namespace == "gone":
                raise Forbidden("no")
            return await super().versions(kind, namespace, selector)

    checked = staleness(Refusing(DigitalFTE={"u": "7"}), {}, ["gone", "here"])
    await checked.check()
    await checked.check()
    assert "DigitalFTE" in checked.fault()


async def test_lists_are_narrowed_as_the_watches_are():
    lists = Lists()
    await staleness(lists, {}, ["a", "b"]).check()
    assert ("Secret", "b", "a=b") in lists.asked
    assert len(lists.asked) == 4


async def test_what_two_lists_do_not_show_was_deleted_and_is_forgotten():
    lists, seen, heard = Lists(DigitalFTE={"u": "7"}), {"u": at("7")}, set()
    checked = staleness(lists, seen, heard=heard)
    for number in range(1000):
        seen[f"u{number}"] = at("1", name=f"helper-{number}")
        await checked.check()
    await checked.check()
    assert seen == {"u": at("7")}
    assert heard == {Key("DigitalFTE", "here", f"helper-{number}") for number in range(1000)}
    assert checked.fault() is None


async def test_one_that_a_list_was_too_early_for_stays():
    lists, seen, heard = Lists(DigitalFTE={}), {"u": at("7")}, set()
    checked = staleness(lists, seen, heard=heard)
    await checked.check()
    lists.shown["DigitalFTE"] = {"u": "7"}
    await checked.check()
    lists.shown["DigitalFTE"] = {}
    await checked.check()
    assert (seen, heard) == ({"u": at("7")}, set())


async def test_what_was_made_again_keeps_what_it_refers_to():
    heard = set()
    checked = staleness(Lists(DigitalFTE={"new": "9"}), {"old": at("7"), "new": at("9")}, heard=heard)
    for _ in range(2):
        await checked.check()
    assert heard == set()


async def test_nothing_is_gone_where_nothing_could_be_listed():
    class Refusing(Lists):
        async def versions(self, kind, namespace, selector=""):
            if namespace == "away":
                raise Forbidden("no")
            return {}

    seen = {"a": at("7", "away"), "h": at("7")}
    checked = staleness(Refusing(), seen, ["away", "here"])
    for _ in range(2):
        await checked.check()
    assert seen == {"a": at("7", "away")}
