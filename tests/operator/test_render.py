"""``fte-operator render``: what a person sees, and what a wrong file gets."""

from pathlib import Path

import pytest
import yaml
from custom_resources import Object, raw_channel, raw_fte

from fte_operator.desired.digital_fte import build
from fte_operator.manifests import Manifests
from fte_operator.render import main

QUICKSTART = Path(__file__).resolve().parents[2] / "samples" / "quickstart"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def write(folder: Path, *documents: Object) -> str:
    path = folder / "objects.yaml"
    path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return str(path)


def test_the_quickstart_shows_every_object_and_no_secret_value(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "-f", str(QUICKSTART), "--image", "mine:1")
    assert (status, err) == (0, "")
    objects = [each for each in yaml.safe_load_all(out) if each]
    manifests = Manifests([QUICKSTART])
    (employee,) = manifests.digital_ftes()
    expected = build(employee, manifests.references(employee, "mine:1")).objects
    assert [each for each in objects if each["kind"] != "Secret"] == list(expected)
    (secret,) = (each for each in objects if each["kind"] == "Secret")
    assert not {"data", "stringData"} & secret.keys()
    assert "change-me" not in out
    assert "# topic quickstart.helper.tickets.incoming: 3 partitions, retention.ms 604800000\n" in out


def test_documents_read_as_text_not_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "-f", str(QUICKSTART))
    assert "  config.yaml: |\n    database:\n" in out
    assert "&id" not in out


def test_files_may_be_given_one_by_one_and_hold_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    employee = write(tmp_path / "one", raw_fte(channels=[{"channelRef": "website"}]))
    listed = write(tmp_path / "two", {"apiVersion": "v1", "kind": "List", "items": [raw_channel()]})
    assert run(capsys, "-f", employee, "-f", listed)[0] == 0


SOURCES = {"sources": [{"name": "docs", "configMapRef": {"name": "handbook"}}]}


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ([raw_channel()], "no DigitalFTE in "),
        ([raw_fte(channels=[{"channelRef": "website"}])], "DigitalFTE team/helper refers to SupportChannel website"),
        ([raw_fte(knowledge=SOURCES)], "DigitalFTE team/helper refers to ConfigMap handbook"),
        ([raw_fte(company={})], "DigitalFTE team/helper: spec.company.name: Field required"),
        (
            [raw_fte(operatingMode="Running")],
            "DigitalFTE team/helper: spec.operatingMode: Extra inputs are not permitted",
        ),
        (
            [raw_fte(channels=[{"channelRef": "website"}]), raw_channel(type="Fax")],
            "SupportChannel team/website: spec.type: Input should be 'Gmail', 'TwilioWhatsApp' or 'WebForm'",
        ),
        ([{"kind": "DigitalFTE"}], "every document needs apiVersion, kind and metadata.name"),
        (["text"], "every document needs apiVersion, kind and metadata.name"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], documents: list[Object], says: str
) -> None:
    status, out, err = run(capsys, "-f", write(tmp_path, *documents))
    assert (status, out) == (1, "")
    assert err.startswith("fte-operator render: ")
    assert says in err


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    status, _, err = run(capsys, "-f", str(path))
    assert status == 1
    assert f"{path}: cannot be read" in err
    assert "missing.yaml: cannot be read" in run(capsys, "-f", str(tmp_path / "missing.yaml"))[2]


def test_without_a_file_it_tells_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    assert "-f" in capsys.readouterr().err
