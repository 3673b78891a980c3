"""A run's traffic with its model: what a recording holds, and what a replay gives."""

import json

import pytest

from fte_agent.evaluation.plan import Play, playing
from fte_agent.evaluation.traffic import HIDDEN, NotRecorded, Recorder, Replayer
from fte_agent.sdk.traffic import Answered, digest

KEY = 'sk-"canary"/4711'
A, B = Play("a", 1), Play("b", 1)
ONE, TWO = Answered(200, {}, b'{"n": 1}'), Answered(429, {"retry-after": "1"}, b"two")


async def recorded(answer: Answered) -> Answered:
    async def ask() -> Answered:
        return answer

    recorder = Recorder([KEY])
    playing.set(str(A))
    assert await recorder.exchange("asked", ask) is answer
    ((asked, kept),) = recorder.take(A)
    assert asked == "asked"
    return kept


async def nobody() -> Answered:
    raise AssertionError("a replay asks nobody")


async def replayed(replayer: Replayer, play: Play, asked: str) -> Answered | None:
    playing.set(str(play))
    return await replayer.exchange(asked, nobody)


async def test_an_answer_is_kept_as_it_came():
    for answer in (ONE, TWO, Answered(200, {}, b"\xff\xfe<html>"), Answered(200, {}, None)):
        assert await recorded(answer) == answer


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": f"Incorrect API key provided: {KEY}."}),
        json.dumps({"error": {"list": [1, {KEY: KEY}]}}),
        json.dumps({"error": KEY}).replace("/", "\\/"),
        '{"error": "' + "".join(f"\\u{ord(char):04x}" for char in KEY) + '"}',
        f"<html>{KEY}</html>",
        f'{{"broken": "{KEY}',
    ],
)
async def test_a_key_that_the_endpoint_repeats_is_in_no_recording_however_it_is_written(body):
    kept = await recorded(Answered(401, {"retry-after": f"x{KEY}"}, body.encode()))
    text = (kept.body or b"").decode()
    assert HIDDEN in text
    assert "canary" not in text + str(kept.headers)
    assert "\\u0063\\u0061" not in text


async def test_what_is_exchanged_belongs_to_its_play_and_is_taken_once():
    recorder = Recorder([])
    for play, answer in ((A, ONE), (B, TWO), (A, TWO)):
        playing.set(str(play))
        await recorder.exchange("same", lambda answer=answer: _given(answer))
    assert [answer for _, answer in recorder.take(A)] == [ONE, TWO]
    assert [answer for _, answer in recorder.take(B)] == [TWO]
    assert list(recorder.take(A)) == []


async def _given(answer: Answered) -> Answered:
    return answer


async def test_a_replay_gives_each_play_its_own_answers_in_order():
    replayer = Replayer({"a/1": [("x", ONE), ("y", TWO), ("x", TWO)], "b/1": [("x", TWO)]})
    assert [await replayed(replayer, A, name) for name in "xxy"] == [ONE, TWO, TWO]
    assert await replayed(replayer, B, "x") == TWO
    replayer.require(A)


@pytest.mark.parametrize("asked", ["unknown", "x"])
async def test_a_request_that_was_not_recorded_is_told_with_its_ticket(asked):
    replayer = Replayer({"a/1": [("x", ONE)]})
    await replayed(replayer, A, "x")
    assert await replayed(replayer, A, asked) is None
    with pytest.raises(NotRecorded, match=r"ticket a, play 1: .*record it again"):
        replayer.require(A)
    replayer.require(B)


def test_a_digest_is_that_of_method_path_and_meaning():
    same = digest("POST", "/v1/x", b'{"a": 1, "b": [2]}')
    assert same == digest("POST", "/v1/x", b'{"b":[2],"a":1}')
    others = [("GET", "/v1/x", b'{"a":1,"b":[2]}'), ("POST", "/v1/y", b'{"a":1,"b":[2]}'), ("POST", "/v1/x", b"{}")]
    assert len({same, digest("POST", "/v1/x", b"no JSON"), *(digest(*other) for other in others)}) == 5


def test_names_that_an_endpoint_gave_its_calls_count_by_which_are_the_same():
    def called(first: str, second: str) -> str:
        calls = [{"call_id": first, "name": "x"}, {"call_id": second, "name": "x"}, {"call_id": first, "output": "y"}]
        return digest("POST", "/", json.dumps({"input": calls}).encode())

    assert called("a", "b") == called("c", "a") != called("a", "a")
