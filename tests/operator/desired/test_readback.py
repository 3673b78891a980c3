"""What is told of a document by its lines is what was written into it, whatever a tenant put into the fields."""

from typing import Any

import pytest
import yaml
from custom_resources import EXAMPLES, IMAGE, Object, channel, employees, fte, specs, whatsapp
from hypothesis import given
from hypothesis import strategies as st

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired import documents, metadata
from fte_operator.desired.behaviour import behaviour
from fte_operator.desired.readback import NO_SNAPSHOT, as_written, channels_in, snapshot_in
from fte_operator.desired.references import References
from fte_operator.desired.release import document

KEY = documents.CONFIG_KEY
SNAPSHOTS = st.one_of(st.none(), st.text("0123456789abcdef", min_size=64, max_size=64), st.text("0", min_size=64))
HEADER = "channels:\n- name: shop\n"
TEXTS = st.text(st.sampled_from("a'\"#:-[]{}&*!|> \n\t\r\x85\u2028\ufeff\U0001f600"), min_size=1, max_size=40)
EARLIER = """\
channels:
- name: website
  run_state: Active
  type: WebForm
  web_form:
    rate_limit_per_minute: 60
    title: Contact support
- name: whatsapp
  run_state: Active
  twilio_whatsapp:
    account_sid_file: /run/fte/secrets/channels/whatsapp/account-sid
    api_url: null
    auth_token_file: /run/fte/secrets/channels/whatsapp/auth-token
    previous_auth_token_file: null
    registration: Manual
    sender: '+14155238886'
    status_callback: true
    templates:
      reopen: null
  type: TwilioWhatsApp
database:
  owner: team/helper
  url_file: /run/fte/secrets/database/url
"""
"""As the first release wrote it: without `allowed_origins`."""


def mounted(fte: DigitalFTE, *channels: SupportChannel) -> Object:
    return documents.config_map(fte, metadata.API, documents.api(fte, References(IMAGE, channels=channels)))


@EXAMPLES
@given(employees())
def test_every_channel_is_found_as_it_was_written(case: tuple[DigitalFTE, References]) -> None:
    employee, references = case
    for write, component in ((documents.api, metadata.API), (documents.worker, metadata.WORKER)):
        found = channels_in(documents.config_map(employee, component, write(employee, references)), KEY)
        assert found == {each.name: as_written(each, employee) for each in references.channels}


@EXAMPLES
@given(specs("supportchannels"))
def test_whatever_the_schema_allows_of_a_channel(spec: Object) -> None:
    one = channel("shop", **spec)
    for order in ((one, channel("website")), (channel("website"), one)):
        assert channels_in(mounted(fte(), *order), KEY) == {each.name: as_written(each, fte()) for each in order}


@EXAMPLES
@given(TEXTS)
def test_a_text_that_looks_like_lines_of_a_document_is_none_of_them(text: str) -> None:
    for title in (text, f"{HEADER}{text}", f"{text}\n{HEADER}", f"{text}\nknowledge_snapshot: null\n{text}"):
        company: Any = {"name": title}
        odd = channel("website", webForm={"title": title})
        assert channels_in(mounted(fte(company=company), odd), KEY) == {"website": as_written(odd, fte())}
        found = channels_in(mounted(fte(), odd, channel("last")), KEY)
        assert found == {each.name: as_written(each, fte()) for each in (odd, channel("last"))}
        made = behaviour(fte(company=company), title, "a" * 64)
        written = documents.config_map(fte(), metadata.BEHAVIOUR, made, documents.BEHAVIOUR_KEY)
        assert snapshot_in(written, documents.BEHAVIOUR_KEY, "knowledge_snapshot") == "a" * 64


@EXAMPLES
@given(SNAPSHOTS.filter(lambda each: each is None or len(each) == 64))
def test_the_snapshot_is_found_also_of_digits_alone(snapshot: str | None) -> None:
    written = documents.config_map(fte(), metadata.BEHAVIOUR, behaviour(fte(), IMAGE, snapshot), "behaviour.yaml")
    assert snapshot_in(written, "behaviour.yaml", "knowledge_snapshot") == (snapshot or NO_SNAPSHOT)
    if snapshot is not None:
        ingested = documents.config_map(fte(), metadata.KNOWLEDGE, documents.knowledge(fte(), snapshot))
        assert snapshot_in(ingested, KEY, "snapshot") == snapshot


@pytest.mark.parametrize("said", ["", "x", "0" * 63, "0" * 65, "'" + "0" * 900_000 + "'", "{a: b}", "*anchor"])
def test_what_is_no_snapshot_says_nothing(said: str) -> None:
    assert snapshot_in({"data": {KEY: f"a: b\nsnapshot: {said}\n"}}, KEY, "snapshot") is None


@pytest.mark.parametrize(
    "changed",
    [
        channel(webForm={"title": "Ask"}),
        channel(webForm={"rateLimitPerMinute": 61}),
        channel(webForm={"allowedOrigins": ["https://shop.example"]}),
        channel(runState="Paused"),
        whatsapp("website"),
    ],
    ids=str,
)
def test_a_channel_that_changed_is_not_served_as_it_is(changed: SupportChannel) -> None:
    assert channels_in(mounted(fte(), channel()), KEY)["website"] != as_written(changed, fte())
    assert channels_in({"data": {KEY: EARLIER}}, KEY)["website"] != as_written(changed, fte())


def test_a_document_of_an_earlier_release_serves_what_uses_nothing_new() -> None:
    served = {each.name: as_written(each, fte()) for each in (channel(), whatsapp())}
    assert channels_in({"data": {KEY: EARLIER}}, KEY) == served


def test_a_document_of_a_later_release_serves_what_uses_nothing_newer() -> None:
    content = yaml.safe_load(EARLIER)
    content["channels"][0]["web_form"] |= {"theme": None, "later": [], "last": {}}
    later = {"data": {KEY: document(content).text}}
    assert channels_in(later, KEY)["website"] == as_written(channel(), fte())


def test_names_that_yaml_quotes_are_names() -> None:
    bound = [channel(each) for each in ("on", "null", "n", "yes")]
    assert list(channels_in(mounted(fte(), *bound), KEY)) == [each.name for each in bound]
