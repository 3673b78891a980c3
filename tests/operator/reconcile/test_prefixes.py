import pytest

from fte_operator.reconcile.prefixes import entitled, refusal

GRANTS = {"shared": "shop", "bank.old": "shop"}


@pytest.mark.parametrize(
    ("namespace", "prefix", "may"),
    [
        ("shop", "shop.helper", True),
        ("shop", "shop.a.b", True),
        ("shop", "shop", False),
        ("shop", "shop-2.helper", False),
        ("shop", "shopping.helper", False),
        ("shop", "helper", False),
        ("shop", "bank.helper", False),
        ("shop-2", "shop.helper", False),
        ("shop", "shared", True),
        ("bank", "shared", False),
        ("shop", "shared.more", False),
        ("shop", "bank.old", True),
        ("bank", "bank.old", False),
        ("bank", "bank.older", True),
    ],
)
def test_a_prefix_is_its_namespaces_or_the_one_it_was_granted_to(namespace, prefix, may):
    assert entitled(namespace, prefix, GRANTS) is may


def test_the_refusal_names_what_to_write_and_nobody_else():
    problem = refusal("bank", "helper", "bank.old", GRANTS)
    assert problem.stalled and "bank.helper" in problem.message
    assert "shop" not in problem.message
