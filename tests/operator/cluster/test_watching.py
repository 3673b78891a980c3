import pytest

from fte_operator.cluster.kinds import CHILDREN, DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.cluster.watching import accept_of

SERVER = "https://api:6443"


@pytest.mark.parametrize("kind", CHILDREN)
@pytest.mark.parametrize("namespace", [None, "shop"])
def test_of_what_tenants_may_fill_only_the_metadata_is_asked_for(kind, namespace):
    listed = accept_of(f"{SERVER}{kind.path(namespace)}?limit=50&labelSelector=a%3Db")
    watched = accept_of(f"{SERVER}{kind.path(namespace)}?watch=true&labelSelector=a%3Db")
    assert "as=PartialObjectMetadataList;" in listed
    assert "as=PartialObjectMetadata;" in watched


@pytest.mark.parametrize("kind", [DIGITAL_FTE, SUPPORT_CHANNEL])
def test_our_own_kinds_are_read_whole(kind):
    assert accept_of(f"{SERVER}{kind.path(None)}?watch=true") is None
