from fte_operator.bindings import Bindings, Named, references
from fte_operator.workqueue import Key

FTE, OTHER = Key("DigitalFTE", "a", "one"), Key("DigitalFTE", "b", "two")
SPEC = {
    "database": {"urlSecretRef": {"name": "db", "key": "url"}},
    "knowledge": {"sources": [{"name": "faq", "configMapRef": {"name": "faq-texts"}}]},
    "channels": [{"channelRef": "website"}],
    "company": {"name": "Example"},
}


def test_references_are_found_wherever_they_stand():
    assert set(references(SPEC)) == {
        Named("Secret", "db"),
        Named("ConfigMap", "faq-texts"),
        Named("SupportChannel", "website"),
    }


def test_users_are_of_the_same_namespace_only():
    bindings = Bindings()
    bindings.update(FTE, frozenset({Named("Secret", "db")}))
    bindings.update(OTHER, frozenset({Named("Secret", "db")}))
    assert bindings.users("a", Named("Secret", "db")) == {FTE}


def test_an_update_gives_old_and_new_and_forgets_the_old():
    bindings = Bindings()
    website, shop = Named("SupportChannel", "website"), Named("SupportChannel", "shop")
    bindings.update(FTE, frozenset({website}))
    assert bindings.update(FTE, frozenset({shop})) == {website, shop}
    assert bindings.users("a", website) == frozenset()
    assert bindings.of(FTE) == {shop}
