"""The management API's Secret: a folder of the API alone, one digest, and nothing where it is not asked for."""

from typing import Any

import yaml
from custom_resources import IMAGE, Object, embedder, fte

from fte_operator.desired import documents, network
from fte_operator.desired.digital_fte import Desired, build
from fte_operator.desired.references import References

MANAGED = {"management": {"tokensSecretRef": {"name": "tokens"}}}
SOURCES = {"sources": [{"name": "docs", "configMapRef": {"name": "handbook"}}]}
DIGESTS = {"database": "d-1", "embedding": "d-2", "management": "d-3"}
WORLD = References(image=IMAGE, digests=DIGESTS, knowledge={"docs": "d-4"})


def templates(desired: Desired) -> dict[str, Object]:
    found = [each for each in desired.objects if each["kind"] in ("Deployment", "Job")]
    return {each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"] for each in found}


def managed(**spec: Any) -> Desired:
    return build(fte(api=MANAGED, knowledge=SOURCES, **spec), WORLD)


def holding(desired: Desired, word: str) -> set[str]:
    return {name for name, template in templates(desired).items() if word in str(template)}


def test_the_tokens_are_files_of_the_api_alone_and_their_change_rolls_it_alone() -> None:
    desired = managed()
    assert holding(desired, "/run/fte/secrets/management") == {"api"}
    assert holding(desired, "d-3") == {"api"}
    spec = templates(desired)["api"]["spec"]
    (volume,) = (each for each in spec["volumes"] if each["name"] == "management")
    secrets = [source["secret"] for source in volume["projected"]["sources"]]
    assert [(each["name"], each["items"][0]) for each in secrets] == [
        ("tokens", {"key": role, "path": role}) for role in ("reader", "agent", "admin")
    ]
    assert volume["projected"]["defaultMode"] == 0o400
    assert not any("optional" in each for each in secrets)


def test_without_the_field_nothing_of_it_is_there() -> None:
    desired = build(fte(knowledge=SOURCES, embedding=embedder("OpenAI")), WORLD)
    assert holding(desired, "management") == set()
    assert "d-2" not in str(templates(desired)["api"])
    assert "management" not in documents.api(fte(), WORLD).text


def test_the_api_is_told_where_its_tokens_are_and_what_embeds_its_searches() -> None:
    plain, hosted = fte(api=MANAGED), fte(api=MANAGED, embedding=embedder("OpenAI"))
    told = yaml.safe_load(documents.api(plain, WORLD).text)["management"]
    assert told == {"tokens": "/run/fte/secrets/management"}
    told = yaml.safe_load(documents.api(hosted, WORLD).text)["management"]["embedding"]
    assert told["api_key_file"] == "/run/fte/secrets/embedding/api-key"
    assert (told["model"], told["dimensions"]) == ("text-embedding-3-small", 1536)


def test_the_key_of_a_hosted_embedder_is_the_api_s_too_and_so_is_the_way_to_it() -> None:
    hosted = embedder("OpenAI", baseURL="https://models.example:8443/v1")
    assert holding(managed(embedding=hosted), "/run/fte/secrets/embedding") == {"api", "message-processor", "knowledge"}
    assert holding(managed(embedding=hosted), "d-2") == {"api", "message-processor", "knowledge"}

    def reached(**api: Any) -> bool:
        employee = fte(embedding=hosted, **api)
        (policy,) = (
            each
            for each in network.policies(employee, WORLD)
            if each["metadata"]["labels"]["app.kubernetes.io/component"] == "api"
        )
        return any(port["port"] == 8443 for rule in policy["spec"]["egress"] for port in rule["ports"])

    assert reached(api=MANAGED)
    assert not reached()
