from fte_operator.cluster.errors import Forbidden, Unreachable
from fte_operator.cluster.kinds import DIGITAL_FTE, SECRET
from fte_operator.staleness import Staleness


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


def staleness(lists, seen, namespaces=()):
    return Staleness(lists, {DIGITAL_FTE: "", SECRET: "a=b"}, {DIGITAL_FTE: seen, SECRET: {}}, namespaces)


async def test_what_handlers_saw_is_fresh():
    checked = staleness(Lists(DigitalFTE={"u": "7"}), {"u": "7"})
    await checked.check()
    await checked.check()
    assert checked.fault() is None


async def test_a_version_missing_twice_is_stale_and_recovers():
    lists, seen = Lists(DigitalFTE={"u": "7"}), {"u": "6"}
    checked = staleness(lists, seen)
    await checked.check()
    assert checked.fault() is None
    await checked.check()
    assert "DigitalFTE" in checked.fault()
    seen["u"] = "7"
    await checked.check()
    assert checked.fault() is None


async def test_a_busy_object_is_not_stale():
    lists, seen = Lists(DigitalFTE={"u": "7"}), {"u": "6"}
    checked = staleness(lists, seen)
    await checked.check()
    seen["u"], lists.shown["DigitalFTE"] = "8", {"u": "9"}
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
