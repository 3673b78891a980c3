"""A channel's Secrets: mounted and digested with the pods, missed by name, healed by themselves."""

import base64
import hashlib
import hmac
import json

import pytest
import yaml
from operator_world import OURS, channel, documents, employee, gmail, google, secret, twilio, whatsapp

from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, JOB, REPLICA_SET, SECRET, SUPPORT_CHANNEL

pytestmark = pytest.mark.control_plane

BOTH = [{"channelRef": "website"}, {"channelRef": "whatsapp"}]
DIGEST = "digitalfte.dev/channels-digest"
FOLDER = "/run/fte/secrets/channels/whatsapp"
POD_OWNERS = ("helper-api", "helper-message-processor")


@pytest.fixture
async def two_channels(world):
    """An employee on a web form and a WhatsApp number, whose Secret is missing."""
    await world.apply(secret(), documents(), channel(), whatsapp(), employee(channels=BOTH))
    return world


async def template(world, name):
    return (await world.get(DEPLOYMENT, name))["spec"]["template"]


async def generations(world):
    return [(await world.get(DEPLOYMENT, name))["metadata"]["generation"] for name in POD_OWNERS]


async def listed(world, name):
    """The channels in the document that a Deployment mounts."""
    (config,) = (v for v in (await template(world, name))["spec"]["volumes"] if v["name"] == "config")
    for source in config["projected"]["sources"]:
        found = await world.get(CONFIG_MAP, source["configMap"]["name"])
        if "config.yaml" in found["data"]:
            return [each["name"] for each in yaml.safe_load(found["data"]["config.yaml"])["channels"]]
    raise AssertionError(config)


async def until_unready(world, reason):
    return await world.until_condition("DependenciesReady", reason)


async def test_a_missing_secret_silences_its_channel_alone_and_heals_in_one_rollout(two_channels):
    found = await until_unready(two_channels, "SecretNotFound")
    for words in ("Secret twilio", "SupportChannel whatsapp spec.twilioWhatsApp.authTokenSecretRef", "create it"):
        assert words in found["message"]
    await two_channels.until_condition("WorkerAvailable", "MinimumReplicasAvailable")
    assert [await listed(two_channels, name) for name in POD_OWNERS] == [["website"]] * 2
    before = await generations(two_channels)
    await two_channels.apply(secret("twilio", **{"account-sid": "canary-sid"}))
    found = await until_unready(two_channels, "SecretKeyMissing")
    assert "has no key auth-token: add it" in found["message"]
    assert await generations(two_channels) == before
    await two_channels.apply(twilio())
    await two_channels.until_ready()
    assert [await listed(two_channels, name) for name in POD_OWNERS] == [["website", "whatsapp"]] * 2
    assert await generations(two_channels) == [generation + 1 for generation in before]


@pytest.mark.parametrize("channels", [BOTH, BOTH[1:]])
async def test_a_secret_that_became_unreadable_takes_nothing_from_running_pods(world, channels):
    await world.apply(secret(), documents(), channel(), whatsapp(), twilio(), employee(channels=channels))
    await world.until_ready()
    before, digest = await generations(world), (await template(world, "helper-api"))["metadata"]["annotations"][DIGEST]
    await world.delete(SECRET, "twilio")
    await world.apply(secret("twilio", **{"account-sid": "canary-sid", "token": "canary-token-2"}))
    await until_unready(world, "SecretKeyMissing")
    assert await generations(world) == before
    await world.apply(twilio(**{"auth-token": "canary-token-2"}))
    await world.until_ready()
    assert await generations(world) == [generation + 1 for generation in before]
    assert (await template(world, "helper-api"))["metadata"]["annotations"][DIGEST] != digest


async def test_a_channels_secret_rolls_its_users_and_no_job(two_channels):
    await two_channels.apply(twilio())
    await two_channels.until_ready()
    jobs = await two_channels.names(JOB)
    digests = {(await template(two_channels, name))["metadata"]["annotations"][DIGEST] for name in POD_OWNERS}
    assert len(digests) == 1
    for values in ({"auth-token": "another"}, {"auth-token": "another", "auth-token-previous": "canary-token"}):
        await two_channels.apply(twilio(**values))
        await two_channels.until_ready()
        digests |= {(await template(two_channels, name))["metadata"]["annotations"][DIGEST] for name in POD_OWNERS}
    assert len(digests) == 3
    before = two_channels.writes()
    await two_channels.apply(twilio(unrelated="x", **values))
    await two_channels.reconcile()
    assert two_channels.writes() == before, "another key of the Secret is nobody's"
    assert await two_channels.names(JOB) == jobs


async def test_the_files_are_the_owners_alone_and_the_previous_token_may_be_absent(two_channels):
    await two_channels.apply(twilio())
    await two_channels.until_ready()
    for name in POD_OWNERS:
        pod = (await template(two_channels, name))["spec"]
        (volume,) = (each for each in pod["volumes"] if each["name"] == "channel-whatsapp")
        sources = [each["secret"] for each in volume["projected"]["sources"]]
        assert volume["projected"]["defaultMode"] == 0o400
        assert [(s["items"][0]["path"], s.get("optional", False)) for s in sources] == [
            ("account-sid", False),
            ("auth-token", False),
            ("auth-token-previous", True),
        ]
        assert [m["mountPath"] for m in pod["containers"][0]["volumeMounts"] if m["name"] == volume["name"]] == [FOLDER]


async def test_a_generated_secret_of_an_earlier_release_keeps_every_digest(world):
    """Its digest key is called management-token: nothing may roll because of the new name."""
    await world.apply(documents(), channel(), employee())
    await world.reconcile()  # makes the generated Secret, and waits for the database's
    made = await world.get(SECRET, "helper-runtime")
    await world.delete(SECRET, "helper-runtime")
    values = {"status-token-current": "a", "status-token-previous": "b", "management-token": "the key"}
    metadata = {name: made["metadata"][name] for name in ("labels", "ownerReferences")}
    await world.apply({**made, "metadata": {"name": "helper-runtime", **metadata}, "data": None, "stringData": values})
    await world.apply(secret())
    await world.until_ready()
    annotations = (await template(world, "helper-api"))["metadata"]["annotations"]
    stored = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    text = json.dumps(stored, sort_keys=True, separators=(",", ":")).encode()
    expected = hmac.new(b"the key", text, hashlib.sha256).hexdigest()[:16]
    assert annotations["digitalfte.dev/runtime-digest"] == expected


async def test_no_value_of_a_secret_stands_anywhere(two_channels):
    await two_channels.apply(twilio())
    await two_channels.until_ready()
    stored = await two_channels.get(SECRET, "twilio")
    said = [base64.b64decode(value).decode() for value in stored["data"].values()] + list(stored["data"].values())
    assert any("canary-" in value for value in said)
    for kind in (CONFIG_MAP, DEPLOYMENT, REPLICA_SET, JOB, DIGITAL_FTE, SUPPORT_CHANNEL):
        text = json.dumps(await two_channels.cluster.list(kind, two_channels.namespace, OURS))
        assert [value for value in said if value in text] == [], kind.name


async def test_a_mailbox_s_credentials_are_files_of_workers_and_their_change_rolls_workers_alone(world):
    bound = [{"channelRef": "website"}, {"channelRef": "mail"}]
    await world.apply(secret(), documents(), google(), channel(), gmail(), employee(channels=bound))
    await world.until_ready()
    assert [await listed(world, name) for name in POD_OWNERS] == [["website", "mail"]] * 2
    api, worker = [await template(world, name) for name in POD_OWNERS]
    assert "channel-mail" not in {volume["name"] for volume in api["spec"]["volumes"]}
    (volume,) = (each for each in worker["spec"]["volumes"] if each["name"] == "channel-mail")
    (source,) = (each["secret"] for each in volume["projected"]["sources"])
    assert (source["name"], source["items"]) == ("gmail", [{"key": "key.json", "path": "credentials"}])
    assert volume["projected"]["defaultMode"] == 0o400
    before = await generations(world)
    await world.apply(google("canary-key-2"))
    await world.until_ready()
    assert await generations(world) == [before[0], before[1] + 1]
    text = json.dumps([await template(world, name) for name in POD_OWNERS])
    assert "canary-key" not in text and base64.b64encode(b"canary-key-2").decode() not in text
