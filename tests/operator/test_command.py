import json
import logging
import sys

import pytest

from fte_operator import __main__, logs


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["fte-operator", *arguments])
    with pytest.raises(SystemExit) as exit_:
        __main__.main()
    return str(exit_.value.code)


def test_an_unknown_command_is_told_the_usage(monkeypatch):
    assert "usage" in run(monkeypatch, "reconcile")


def test_a_missing_image_is_named_by_its_variable(monkeypatch):
    monkeypatch.delenv("FTE_OPERATOR_RUNTIME_IMAGE", raising=False)
    assert "FTE_OPERATOR_RUNTIME_IMAGE" in run(monkeypatch)


def test_render_gets_the_rest_of_the_line(monkeypatch):
    seen = []
    monkeypatch.setattr("fte_operator.render.main", lambda rest: seen.append(rest) or 3)
    assert run(monkeypatch, "render", "-f", "x.yaml") == "3"
    assert seen == [["-f", "x.yaml"]]


def test_a_log_line_is_one_json_object():
    record = logging.LogRecord("name", logging.WARNING, "f", 1, "two\nlines of %s", ("text",), None)
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line) | {"at": ""} == {
        "at": "",
        "level": "WARNING",
        "logger": "name",
        "message": "two\nlines of text",
    }
