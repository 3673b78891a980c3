"""A run's traffic with its model, by play: recorded as it happens, and played again without a model."""

import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fte_agent.evaluation.plan import Play, playing
from fte_agent.sdk.traffic import Answered

Exchange = tuple[str, Answered]
"""The digest of a request, and what came back."""

HIDDEN = "[key]"
"""What stands in a recording where the endpoint repeated the key."""


class NotRecorded(Exception):
    """A turn asked what the recording does not hold; the message names ticket and remedy."""


class Recorder:
    """Keeps what comes back, without ``secrets``, until its play is over and `take` fetches it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)
        self._open: defaultdict[str, list[Exchange]] = defaultdict(list)

    async def exchange(self, asked: str, ask: Callable[[], Awaitable[Answered]]) -> Answered:
        """Ask, and keep the answer."""
        answer = await ask()
        self._open[playing.get()].append((asked, self._safe(answer)))
        return answer

    def take(self, play: Play) -> Sequence[Exchange]:
        """All that was exchanged in a play, in order, its repeated tries included."""
        return self._open.pop(str(play), ())

    def _safe(self, answer: Answered) -> Answered:
        headers = {name: _without(value, self._secrets) for name, value in answer.headers.items()}
        if answer.body is None:
            return replace(answer, headers=headers)
        text = answer.body.decode("utf-8", "surrogateescape")
        return replace(answer, headers=headers, body=_encoded(_scrubbed(text, self._secrets)))


class Replayer:
    """Answers from what was recorded, each play in the order of then. ``missing`` are plays that asked for more."""

    def __init__(self, plays: Mapping[str, Sequence[Exchange]]) -> None:
        self._left: dict[str, dict[str, deque[Answered]]] = {}
        for play, exchanges in plays.items():
            answers: defaultdict[str, deque[Answered]] = defaultdict(deque)
            for asked, answer in exchanges:
                answers[asked].append(answer)
            self._left[play] = dict(answers)
        self.missing: set[str] = set()

    async def exchange(self, asked: str, ask: Callable[[], Awaitable[Answered]]) -> Answered | None:
        """The recorded answer; nobody is asked."""
        play = playing.get()
        answers = self._left.get(play, {}).get(asked)
        if answers:
            return answers.popleft()
        self.missing.add(play)
        return None

    def require(self, play: Play) -> None:
        """Raise `NotRecorded` if the play asked for what is not there."""
        if str(play) in self.missing:
            raise NotRecorded(
                f"ticket {play.ticket}, play {play.number}: a request to the model is not in the recording; suite, "
                "document, knowledge or program are not those it was made with: record it again"
            )


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _scrubbed(text: str, secrets: Sequence[str]) -> str:
    """A body without secrets, however JSON may have written their characters."""
    try:
        told = json.loads(text)
        safe = _walked(told, secrets)
    except (ValueError, RecursionError):
        return _without(text, secrets)
    return _without(text if safe == told else json.dumps(safe, ensure_ascii=False), secrets)


def _walked(told: Any, secrets: Sequence[str]) -> Any:
    match told:
        case str():
            return _without(told, secrets)
        case list():
            return [_walked(each, secrets) for each in told]
        case dict():
            return {_without(name, secrets): _walked(each, secrets) for name, each in told.items()}
    return told


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
