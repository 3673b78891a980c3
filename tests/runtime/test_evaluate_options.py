"""Options of ``fte-evaluate`` with a document that cannot be used."""

import pytest
from hosted_desk import KEY, Hosted

from fte_runtime.commands import evaluate_arguments


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--key-file", "KEY"], "--key-file needs --config"),
        (["--replay", "KEY"], "--replay needs --config"),
        (["--record", "KEY"], "--record needs --config"),
        (["--config", "DOC"], "name a file with its key by --key-file"),
        (["--config", "DOC", "--key-file", "gone"], "gone: cannot be read"),
        (["--config", "gone"], "gone: cannot be read"),
        (["--config", "BAD"], "bad.yaml: image: Field required"),
        (["--config", "DOC", "--key-file", "KEY", "--company", "Other"], "the document names the company"),
        (["--config", "DOC", "--replay", "KEY"], "key: is no recording of fte-evaluate"),
        (["--config", "DOC", "--key-file", "KEY", "--journal", "DOC"], "is no journal of fte-evaluate"),
        (["--config", "DOC", "--key-file", "KEY", "--record", "DOC"], "is no recording of fte-evaluate"),
        (["--config", "DOC", "--replay", "KEY", "--journal", "new"], "--journal does not go with --replay"),
        (["--config", "DOC", "--key-file", "SPACED"], "key must be of visible ASCII characters"),
    ],
)
def test_options_that_cannot_be_used_are_one_clear_line(hosted: Hosted, arguments: list[str], told: str) -> None:
    files = {
        "KEY": hosted.desk.write("key", KEY),
        "DOC": hosted.config(),
        "BAD": hosted.desk.write("bad.yaml", "{}"),
        "SPACED": hosted.desk.write("spaced", "a b"),
    }
    assert hosted.desk.run("--suite", hosted.suite, *(files.get(word, word) for word in arguments)) == 2
    out, err = hosted.desk.read()
    assert out == ""
    assert told in err
    assert "a b" not in err


@pytest.mark.parametrize("option", ["--repeats", "--concurrency"])
@pytest.mark.parametrize("value", ["0", "101", "x"])
def test_a_count_out_of_bounds_is_refused(hosted: Hosted, option: str, value: str) -> None:
    assert hosted.run(option, value) == 2
    assert option in hosted.desk.read()[1]


def test_the_time_out_is_bounded_as_the_workers_is(hosted: Hosted) -> None:
    assert evaluate_arguments.REQUEST_SECONDS == 15
    for value in ("0", "45.1", "nan"):
        assert hosted.run("--request-timeout", value) == 2


def test_a_file_that_is_refused_is_left_as_it_is(hosted: Hosted) -> None:
    for option in ("--journal", "--record"):
        other = hosted.desk.write("other.txt", "not a line's end")
        assert hosted.run(option, other) == 2
        assert other.read_text("utf-8") == "not a line's end"
