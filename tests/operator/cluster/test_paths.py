"""The path of an object leads to that object, whatever a tenant calls it."""

import pytest

from fte_operator.cluster.errors import NotFound
from fte_operator.cluster.kinds import DIGITAL_FTE, SECRET, is_name

ELSEWHERE = (
    "../../victim/secrets/crown",
    "..",
    ".",
    "a/b",
    "a?limit=1",
    "a#b",
    "a%2f..",
    "",
    "A",
    "a_b",
    "a.",
    "a" * 254,
)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_path_is_made_of_what_no_object_can_be_called(name):
    assert not is_name(name)
    with pytest.raises(NotFound, match="can be called so"):
        SECRET.path("shop", name)


@pytest.mark.parametrize("namespace", ["../kube-system", "a/b", ""])
def test_nor_of_such_a_namespace(namespace):
    with pytest.raises(NotFound):
        DIGITAL_FTE.path(namespace, "helper")


def test_what_objects_are_called_stands_in_the_path_as_it_is():
    assert SECRET.path("shop", "db.example-1") == "/api/v1/namespaces/shop/secrets/db.example-1"
    assert SECRET.path(None) == "/api/v1/secrets"
    assert DIGITAL_FTE.path("9", "a" * 253, "status").endswith("/namespaces/9/digitalftes/" + "a" * 253 + "/status")
