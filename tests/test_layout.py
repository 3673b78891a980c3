"""The tree's package rule: component folders are not packages, each holds exactly one.

A package called ``operator`` at the root would shadow the standard library's for every command run
there, and an editable install would hide it until the image.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPONENTS = {
    "operator": "fte_operator",
    "runtime": "fte_runtime",
    "agent": "fte_agent",
    "database": "fte_database",
    "transport": "fte_transport",
}


@pytest.mark.parametrize(("folder", "package"), COMPONENTS.items())
def test_component_folder_holds_one_package_and_is_none(folder: str, package: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()
    packages = [p.parent.name for p in (ROOT / folder).glob("*/__init__.py")]
    assert packages == [package]


@pytest.mark.parametrize("package", [ROOT / folder / package for folder, package in COMPONENTS.items()], ids=str)
def test_every_package_says_what_may_live_there(package: Path) -> None:
    charter = (package / "__init__.py").read_text(encoding="utf-8")
    assert charter.startswith('"""')
    assert "May live here" in charter
    assert "ay not live here" in charter


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_standard_library_operator_wins_at_the_root() -> None:
    code = "import operator; print(operator.__file__)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not found.startswith(str(ROOT))


def test_source_files_stay_small() -> None:
    sizes = {
        path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n")
        for folder in COMPONENTS
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {path: lines for path, lines in sizes.items() if lines > 500} == {}


def test_the_gate_from_prototype_to_production_is_there() -> None:
    gate = (ROOT / "tests/test_transition.py").read_text(encoding="utf-8")
    cases = (
        "test_an_empty_message_is_asked_back",
        "test_a_pricing_question_goes_to_a_person",
        "test_an_angry_customer_goes_to_a_person",
        "test_a_mail_reply_has_the_form_of_a_letter",
        "test_a_whatsapp_reply_is_short_and_a_long_one_comes_in_parts",
        "test_tools_are_called_in_order_and_written_down",
        "test_every_ticket_is_decided_as_recorded",
        "test_postgres_decides_every_ticket_as_memory_does",
    )
    assert [case for case in cases if f"def {case}(" not in gate] == []
