"""A URL is a tenant's text: what is built of it has a bound."""

import base64
import json

import pytest
from custom_resources import IMAGE, fte
from operator_world import World, secret

from fte_operator.cluster.kinds import DEPLOYMENT, NETWORK_POLICY
from fte_operator.desired.network import policies
from fte_operator.desired.references import References
from fte_operator.desired.secret_refs import secret_refs
from fte_operator.reconcile.database_url import LONGEST, MOST_PORTS, ports
from fte_operator.reconcile.secret_values import SecretValues
from fte_operator.status.observed import Problem

USE = secret_refs(fte(), ())[0]
WATCHED = {"digitalfte.dev/watch": "true"}


def read(url: str | bytes | None, labels: dict[str, str] | None = WATCHED) -> tuple[tuple[int, ...], list[Problem]]:
    """Ports, and problems beside what is said of a Secret without a text."""
    data = {} if url is None else {"url": base64.b64encode(url if isinstance(url, bytes) else url.encode()).decode()}
    found: list[Problem] = []
    return ports(SecretValues({"db": {"metadata": {"labels": labels}, "data": data}}), USE, found), found


def on(count: int) -> str:
    return "postgresql://" + ",".join(f"h:{n}" for n in range(1, count + 1)) + "/d"


def test_as_many_ports_as_a_url_may_have() -> None:
    assert read("postgresql://db:6432/d") == ((6432,), [])
    assert read(on(MOST_PORTS)) == (tuple(range(1, MOST_PORTS + 1)), [])


@pytest.mark.parametrize(
    "url",
    [
        on(MOST_PORTS + 1),
        on(60_000),
        "postgresql://db/d?port=" + ",".join(map(str, range(1, 60_000))),
        "postgresql://db/d?" + "port=1&" * 100_000,
        "postgresql://" + "a" * LONGEST,
        "postgresql://u:" + "\U0001f600" * (LONGEST // 2) + "@db/d",
    ],
    ids=["ports", "many ports", "parameter", "parameters", "text", "bytes"],
)
def test_a_url_without_end_is_told_with_key_and_remedy(url: str) -> None:
    found, [problem] = read(url)
    assert (found, problem.reason, problem.stalled, problem.hint) == ((), "InvalidURL", True, "")
    for part in (
        "Secret db (spec.database.urlSecretRef)",
        "key url",
        str(MOST_PORTS),
        str(LONGEST),
        "postgresql://USER",
    ):
        assert part in problem.message
    assert len(problem.message) < 500, "and not with what it holds"
    [unwatched] = read(url, {})[1]
    assert "digitalfte.dev/watch=true" in unwatched.hint


@pytest.mark.parametrize("url", [None, "", "\n", b"\xff\xfe"], ids=str)
def test_what_is_no_text_is_told_elsewhere(url: str | bytes | None) -> None:
    assert read(url) == ((), [])


def test_no_policy_is_larger_than_what_a_url_may_ask_for() -> None:
    made = policies(fte(), References(IMAGE, database_ports=read(on(MOST_PORTS))[0]))
    assert max(len(json.dumps(each)) for each in made) < 5_000


@pytest.mark.control_plane
async def test_it_is_told_in_status_and_what_runs_goes_on_unchanged(employed: World) -> None:
    before = await employed.get(DEPLOYMENT, "helper-api")
    policies_before = await employed.names(NETWORK_POLICY)
    await employed.apply(secret(url=on(60_000)))
    found = await employed.until_condition("DependenciesReady", "InvalidURL")
    assert "Secret helper-database" in found["message"]
    conditions = await employed.conditions()
    assert (conditions["Ready"]["status"], conditions["Stalled"]["reason"]) == ("False", "InvalidURL")
    after = await employed.get(DEPLOYMENT, "helper-api")
    assert before is not None and after is not None and after["spec"] == before["spec"]
    assert await employed.names(NETWORK_POLICY) == policies_before
    await employed.apply(secret())
    await employed.until_ready()
