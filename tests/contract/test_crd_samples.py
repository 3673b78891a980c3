"""samples/ and docs/channels/: every custom resource parses strictly, and `render` shows what each folder becomes."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from conftest import ControlPlane
from custom_resources import Object

from fte_operator.api.v1alpha1 import parse_digital_fte, parse_support_channel
from fte_operator.render import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
PAGES = {name: (ROOT / "docs" / "channels" / f"{name}.md").read_text("utf-8") for name in ("gmail", "whatsapp")}
OF_MAILBOXES = {"SyncStale", "ExpiresSoon"}
"""Reasons of what only a mailbox has: a reading of its own, and a person's consent."""
STATUS = ROOT / "operator" / "fte_operator" / "status" / "channel_checks.py"
FOLDERS = sorted(path for path in SAMPLES.iterdir() if path.is_dir())
PARSERS = {"DigitalFTE": parse_digital_fte, "SupportChannel": parse_support_channel}


def objects(folder: Path) -> list[Object]:
    return [each for path in sorted(folder.glob("*.yaml")) for each in yaml.safe_load_all(path.read_text("utf-8"))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_custom_resource_is_what_the_operator_reads(folder: Path) -> None:
    found = [each for each in objects(folder) if each["kind"] in PARSERS]
    assert {each["kind"] for each in found} == PARSERS.keys()
    for each in found:
        PARSERS[each["kind"]](each, strict=True)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_is_whole_and_renders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-f", str(folder)]) == 0
    shown = [each for each in yaml.safe_load_all(capsys.readouterr().out) if each]
    asked = objects(folder)
    secrets = {each["metadata"]["name"]: set(each["stringData"]) for each in asked if each["kind"] == "Secret"}
    needed = [
        (source["secret"]["name"], item["key"])
        for each in shown
        if each["kind"] == "Deployment"
        for volume in each["spec"]["template"]["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
        if "secret" in source and not source["secret"].get("optional")
        for item in source["secret"]["items"]
    ]
    assert [use for use in needed if use[1] not in secrets.get(use[0], ())] == []
    assert {each["metadata"]["namespace"] for each in asked if each["kind"] != "Namespace"} == {
        each["metadata"]["name"] for each in asked if each["kind"] == "Namespace"
    }


@pytest.mark.control_plane
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_server_takes_every_folder_as_it_stands(control_plane: ControlPlane, folder: Path) -> None:
    namespace = f"samples-{uuid4().hex[:8]}"
    control_plane.run("create", "namespace", namespace)
    found = [each for each in objects(folder) if each["kind"] != "Namespace"]
    for each in found:
        each["metadata"]["namespace"] = namespace
    answer = control_plane.run("apply", "--validate=strict", "-f", "-", stdin=yaml.safe_dump_all(found))
    assert answer.count(" created") == len(found)


def test_the_whatsapp_sample_mounts_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["-f", str(SAMPLES / "whatsapp")])
    out = capsys.readouterr().out
    assert "mountPath: /run/fte/secrets/channels/whatsapp" in out
    assert "change-me" not in out


def test_the_gmail_sample_mounts_its_credentials_in_workers_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["-f", str(SAMPLES / "gmail")])
    out = capsys.readouterr().out
    folders = {"channel-support", "channel-orders"}
    for each in yaml.safe_load_all(out):
        if each and each["kind"] == "Deployment":
            mounted = {volume["name"] for volume in each["spec"]["template"]["spec"]["volumes"]}
            assert mounted & folders == (set() if each["metadata"]["name"] == "helper-api" else folders)
    assert "change-me" not in out


@pytest.mark.parametrize("name", PAGES)
def test_the_page_on_a_channel_has_an_example_the_operator_reads_and_every_reason(name: str) -> None:
    page = PAGES[name]
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    parse_support_channel(yaml.safe_load(example), strict=True)
    found = re.findall(r'(?:FALSE|UNKNOWN), "(\w+)"|\("(\w+)", |TRUE, "(ExpiresSoon)"', STATUS.read_text("utf-8"))
    reasons = {reason for pair in found for reason in pair if reason}
    assert len(reasons) >= 8 and reasons >= OF_MAILBOXES
    of_others = set() if name == "gmail" else OF_MAILBOXES
    assert [reason for reason in sorted(reasons - of_others) if f"`{reason}`" not in page] == []
