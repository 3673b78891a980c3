import pytest
from operator_world import (
    IMAGE,
    channel,
    documents,
    employee,
    gmail,
    google,
    pushes,
    secret,
    twilio,
    whatsapp,
)

from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, EVENT, SECRET, SUPPORT_CHANNEL
from fte_operator.desired.documents import CONFIG_KEY, documents_in_use
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.reconcile.support_channel import SupportChannelReconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane


PUBLIC = {"publicURL": "https://desk.example", "autoscaling": {"minReplicas": 1, "maxReplicas": 1}}
NUMBER = [{"channelRef": "whatsapp"}]


async def reconciled(world, name="website"):
    await world.reconcile(SUPPORT_CHANNEL, name)
    return await world.conditions(SUPPORT_CHANNEL, name)


async def test_a_channel_follows_its_employee(world):
    await world.apply(channel())
    found = await reconciled(world)
    assert found["Accepted"]["status"] == "True"
    assert found["Ready"]["reason"] == found["EndpointReady"]["reason"] == "NoFTEBound"
    assert "website" in found["Ready"]["message"]

    await world.apply(employee())
    found = await reconciled(world)
    assert found["EndpointReady"]["reason"] == "APIUnavailable"
    assert "helper-api" in found["EndpointReady"]["message"]
    status = (await world.get(SUPPORT_CHANNEL, "website"))["status"]
    assert status["boundTo"] == [{"name": "helper"}]

    before = world.writes()
    await reconciled(world)
    assert world.writes() == before

    await world.delete(DIGITAL_FTE, "helper")
    found = await reconciled(world)
    assert found["Ready"]["reason"] == "NoFTEBound"
    assert "boundTo" not in (await world.get(SUPPORT_CHANNEL, "website"))["status"]


async def test_a_channel_that_breaks_a_rule_of_today_is_refused(world):
    await world.apply(channel())
    live = await world.get(SUPPORT_CHANNEL, "website")
    live["spec"]["webForm"]["rateLimitPerMinute"] = 0
    await SupportChannelReconciler(world.cluster, HealthCache()).reconcile(live, world.now())
    found = await world.conditions(SUPPORT_CHANNEL, "website")
    assert found["Ready"]["reason"] == found["Stalled"]["reason"] == "InvalidSpec"
    assert "webForm" in found["Accepted"]["message"]


async def test_a_channel_is_served_once_every_pod_knows_it(employed):
    found = await reconciled(employed)
    assert found["Ready"]["status"] == "True"
    assert found["EndpointReady"]["reason"] == "Serving"

    before = await employed.get(DIGITAL_FTE, "helper")
    added = before["spec"] | {"channels": [{"channelRef": "website"}, {"channelRef": "shop"}]}
    await employed.apply(channel("shop"), employee() | {"spec": added})
    await employed.reconcile(SUPPORT_CHANNEL, "shop")
    condition = (await employed.conditions(SUPPORT_CHANNEL, "shop"))["EndpointReady"]
    assert (condition["status"], condition["reason"]) == ("False", "APIUnavailable")
    assert "does not know this channel yet" in condition["message"]
    assert (await reconciled(employed))["Ready"]["status"] == "True"

    employed.kubelet.ready = False
    await employed.reconcile()

    async def rolling():
        live = await employed.get(DEPLOYMENT, "helper-api")
        return live["status"]["observedGeneration"] == live["metadata"]["generation"]

    await employed.until(rolling)
    await employed.reconcile(SUPPORT_CHANNEL, "shop")
    condition = (await employed.conditions(SUPPORT_CHANNEL, "shop"))["EndpointReady"]
    assert "is being rolled out" in condition["message"], "old pods do not take its messages"
    employed.kubelet.ready = True
    await employed.until_ready()
    await employed.reconcile(SUPPORT_CHANNEL, "shop")
    assert (await employed.conditions(SUPPORT_CHANNEL, "shop"))["EndpointReady"]["reason"] == "Serving"


async def test_a_deployment_of_somebody_else_serves_no_channel(world):
    await world.apply(channel(), employee())
    labels = {"app": "theirs"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "x", "image": "x"}]}}
    theirs = {"selector": {"matchLabels": labels}, "template": template, "replicas": 1}
    await world.apply(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "helper-api"}, "spec": theirs}
    )
    times = {"lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    available = {"type": "Available", "status": "True", **times}
    path = DEPLOYMENT.path(world.namespace, "helper-api", "status")
    await world.raw.patch(path, {"status": {"conditions": [available]}})
    assert (await reconciled(world))["EndpointReady"]["reason"] == "APIUnavailable"


async def test_a_number_tells_what_it_lacks_until_nothing_is_lacking(world):
    made = employee(channels=NUMBER)
    await world.apply(secret(), documents(), whatsapp(), made)
    found = await reconciled(world, "whatsapp")
    assert found["Ready"]["reason"] == found["CredentialsValid"]["reason"] == "SecretNotFound"
    assert (
        "Secret twilio (SupportChannel whatsapp spec.twilioWhatsApp.accountSidSecretRef)" in found["Ready"]["message"]
    )
    assert (await world.reconcile(SUPPORT_CHANNEL, "whatsapp")).waiting

    await world.apply(twilio())
    found = await reconciled(world, "whatsapp")
    assert (found["CredentialsValid"]["status"], found["CredentialsValid"]["reason"]) == ("Unknown", "NotReported")
    assert found["Ready"]["reason"] == found["EndpointReady"]["reason"] == "NoPublicURL"
    assert "endpointURL" not in (await world.get(SUPPORT_CHANNEL, "whatsapp"))["status"]

    await world.apply(made | {"spec": made["spec"] | {"api": PUBLIC}})
    await world.until_ready()
    found = await reconciled(world, "whatsapp")
    assert found["Ready"]["status"] == "True"
    for url in ("https://desk.example/webhooks/whatsapp ", "https://desk.example/webhooks/whatsapp/status"):
        assert url in found["EndpointReady"]["message"]
    status = (await world.get(SUPPORT_CHANNEL, "whatsapp"))["status"]
    assert status["endpointURL"] == "https://desk.example/webhooks/whatsapp"


async def test_a_pause_is_told_and_rolled_out_and_ended(employed):
    await employed.apply(channel() | {"spec": {"type": "WebForm", "runState": "Paused"}})
    await employed.until_ready()
    found = await reconciled(employed)
    assert (found["Ready"]["status"], found["Ready"]["reason"]) == ("False", "Paused")
    assert not {"Stalled", "Reconciling"} & found.keys()
    await employed.apply(channel() | {"spec": {"type": "WebForm", "runState": "Active"}})
    await employed.until_ready()
    assert (await reconciled(employed))["Ready"]["status"] == "True"


async def test_a_pause_that_no_pod_knows_yet_is_not_told_as_one(employed):
    await employed.delete(SECRET, "helper-database")  # nothing is rolled out any more
    await employed.apply(channel() | {"spec": {"type": "WebForm", "runState": "Paused"}})
    await employed.reconcile()
    found = await reconciled(employed)
    assert (found["Ready"]["status"], found["Ready"]["reason"]) == ("False", "APIUnavailable")
    assert "not as it is now" in found["Ready"]["message"]


async def test_pods_with_a_document_of_an_earlier_release_serve_what_uses_nothing_new(employed):
    """As after an upgrade while nothing can be rolled out; that release knew no `allowed_origins`."""
    live = await employed.get(DEPLOYMENT, "helper-api")
    [name] = [each for each in documents_in_use([live]) if each.startswith("helper-api-")]
    document = await employed.get(CONFIG_MAP, name)
    text = document["data"][CONFIG_KEY].replace("    allowed_origins: []\n", "")
    assert text != document["data"][CONFIG_KEY]
    kept = {each: document["metadata"][each] for each in ("name", "labels", "ownerReferences")}
    await employed.delete(CONFIG_MAP, name)
    await employed.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": kept, "data": {CONFIG_KEY: text}})
    assert (await reconciled(employed))["EndpointReady"]["reason"] == "Serving"
    used = {"type": "WebForm", "webForm": {"allowedOrigins": ["https://shop.example"]}}
    await employed.apply(channel() | {"spec": used})
    assert "not as it is now" in (await reconciled(employed))["EndpointReady"]["message"]


async def asked(world, name):
    """A world whose API is available and asked for its health; gives a way to have it report parts of channel `name`
    and to see what becomes of that."""
    health = HealthCache(lambda: None)
    world.reconciler = Reconciler(world.cluster, world.topics, IMAGE, world.now, health)
    key = Key(DIGITAL_FTE.name, world.namespace, "helper")

    async def available():
        return (await world.get(DEPLOYMENT, "helper-api") or {}).get("status", {}).get("availableReplicas")

    await world.until(available)
    await world.reconcile()
    health.record(key, {})
    await world.until_ready()

    async def after(**errors):
        health.record(key, {f"channel {name} {part}": error for part, error in errors.items()})
        return await reconciled(world, name)

    return after


async def test_what_the_vendor_says_becomes_a_condition_at_its_second_report(world):
    managed = whatsapp(registration="Managed")
    await world.apply(secret(), documents(), twilio(), managed, employee(channels=NUMBER, api=PUBLIC))
    after = await asked(world, "whatsapp")
    found = await after()
    assert [found[name]["status"] for name in ("CredentialsValid", "Registered", "Ready")] == ["Unknown"] * 2 + ["True"]
    found = await after(credentials=None, registration="the address is taken")
    assert [found[name]["status"] for name in ("CredentialsValid", "Registered", "Ready")] == [
        "True",
        "Unknown",
        "True",
    ]
    found = await after(credentials=None, registration="the address is taken")
    assert found["Ready"]["reason"] == found["Registered"]["reason"] == "RegistrationFailed"
    for credentials in (None, "refused"):
        found = await after(credentials=credentials, registration=None)
        assert [found[name]["status"] for name in ("CredentialsValid", "Registered", "Ready")] == ["True"] * 3
    found = await after(credentials="refused", registration=None)
    assert found["Ready"]["reason"] == found["CredentialsValid"]["reason"] == "Rejected"
    assert "Secret twilio" in found["Ready"]["message"]


MAIL = [{"channelRef": "mail"}]
WELL = {"credentials": None, "registration": None, "sync": None, "consent": None}


async def test_a_mailbox_that_is_polled_needs_no_address_of_the_outside_and_has_no_endpoint(world):
    await world.apply(secret(), documents(), google(), gmail(), employee(channels=MAIL))
    await world.until_ready()
    found = await reconciled(world, "mail")
    assert found["Ready"]["status"] == "True"
    assert "read every five minutes" in found["EndpointReady"]["message"]
    assert "endpointURL" not in (await world.get(SUPPORT_CHANNEL, "mail"))["status"]


async def test_a_mailbox_with_pushes_tells_what_it_lacks_until_nothing_is_lacking(world):
    made = employee(channels=MAIL)
    await world.apply(secret(), documents(), gmail(pubSub=pushes()), made)
    found = await reconciled(world, "mail")
    assert found["Ready"]["reason"] == found["CredentialsValid"]["reason"] == "SecretNotFound"
    assert "Secret gmail (SupportChannel mail spec.gmail.credentialsSecretRef)" in found["Ready"]["message"]
    await world.apply(google())
    assert (await reconciled(world, "mail"))["Ready"]["reason"] == "NoPublicURL"
    await world.apply(made | {"spec": made["spec"] | {"api": PUBLIC}})
    await world.until_ready()
    found = await reconciled(world, "mail")
    assert found["Ready"]["status"] == "True"
    assert "push to https://desk.example/webhooks/gmail with a token of push@" in found["EndpointReady"]["message"]
    status = (await world.get(SUPPORT_CHANNEL, "mail"))["status"]
    assert status["endpointURL"] == "https://desk.example/webhooks/gmail"


@pytest.fixture
async def mailbox(world):
    """A mailbox with pushes, whose employee's API is asked for its health."""
    await world.apply(secret(), documents(), google(), gmail(pubSub=pushes()), employee(channels=MAIL, api=PUBLIC))
    return await asked(world, "mail")


async def test_credentials_that_google_refuses_are_told_and_heal_without_a_delete(world, mailbox):
    found = await mailbox(**WELL)
    assert {found[name]["status"] for name in ("CredentialsValid", "Registered", "Ready")} == {"True"}
    refused = WELL | {"credentials": "Google refuses the credentials: they have expired or were revoked."}
    assert (await mailbox(**refused))["Ready"]["status"] == "True", "one answer may be chance"
    found = await mailbox(**refused)
    assert found["Ready"]["reason"] == found["CredentialsValid"]["reason"] == "Rejected"
    assert found["Ready"]["message"] == (
        "Google refuses the credentials: they have expired or were revoked; correct what is in Secret gmail"
    )
    uid = (await world.get(SUPPORT_CHANNEL, "mail"))["metadata"]["uid"]
    before = (await world.get(DEPLOYMENT, "helper-message-processor"))["metadata"]["generation"]
    await world.apply(google("canary-key-2"))
    await world.until_ready()
    assert (await world.get(DEPLOYMENT, "helper-message-processor"))["metadata"]["generation"] == before + 1
    found = await mailbox(**WELL)
    assert found["Ready"]["status"] == found["CredentialsValid"]["status"] == "True"
    assert (await world.get(SUPPORT_CHANNEL, "mail"))["metadata"]["uid"] == uid


async def test_a_mailbox_that_is_not_read_and_a_watch_that_cannot_be_had_are_told(world, mailbox):
    await mailbox(**WELL)
    stale = WELL | {"sync": "The mailbox has not been read since noon: Gmail cannot be reached."}
    assert (await mailbox(**stale))["Ready"]["status"] == "True"
    found = await mailbox(**stale)
    assert found["Ready"]["reason"] == found["EndpointReady"]["reason"] == "SyncStale"
    assert "since noon: Gmail cannot be reached; " in found["Ready"]["message"]
    assert found["CredentialsValid"]["status"] == "True"
    unwatched = WELL | {"registration": "Pushes cannot be asked for."}
    await mailbox(**unwatched)
    found = await mailbox(**unwatched)
    assert found["Ready"]["reason"] == found["Registered"]["reason"] == "RegistrationFailed"
    assert "gmail-api-push@system.gserviceaccount.com" in found["Ready"]["message"]
    assert (await mailbox(**WELL))["Ready"]["status"] == "True"


async def test_a_consent_that_ends_soon_is_a_warning_told_once_and_no_fault(world, mailbox):
    async def warnings():
        events = await world.cluster.list(EVENT, world.namespace, fields="involvedObject.name=mail")
        return [each["message"] for each in events if (each["type"], each["reason"]) == ("Warning", "ExpiresSoon")]

    ending = WELL | {"consent": "Google ends the consent on Friday; use a service account."}
    await mailbox(**ending)
    for sentence in ("Friday", "Friday", "Thursday", "Thursday"):
        found = await mailbox(**ending | {"consent": f"Google ends the consent on {sentence}."})
    assert (found["CredentialsValid"]["status"], found["CredentialsValid"]["reason"]) == ("True", "ExpiresSoon")
    assert found["CredentialsValid"]["message"] == "Google ends the consent on Thursday (Secret gmail)"
    assert found["Ready"]["status"] == "True" and "Thursday" in found["Ready"]["message"]
    assert len(await warnings()) == 1
    found = await mailbox(**WELL)
    assert found["CredentialsValid"]["reason"] == "Accepted" and "Google" not in found["Ready"]["message"]


async def test_a_part_that_only_a_newer_release_knows_changes_nothing(world, mailbox):
    await mailbox(**WELL)
    for _ in range(2):
        found = await mailbox(**WELL, weather="rain")
    assert {found[name]["status"] for name in ("CredentialsValid", "EndpointReady", "Registered", "Ready")} == {"True"}
