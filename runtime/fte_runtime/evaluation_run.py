"""How an evaluation is played: what it keeps in files, what it takes from them, and what it says as it goes on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fte_agent.evaluation.journal import Conditions
from fte_agent.evaluation.plan import Patience, Plan, Play
from fte_agent.evaluation.record import Played
from fte_agent.evaluation.traffic import Recorder, Replayer
from fte_runtime.errors import DataPlaneError
from fte_runtime.journals import Journal, Recording, open_journal, open_recording, read_recording


class NotAgreed(DataPlaneError):
    """Whoever was told what it will cost did not want it."""


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Manner:
    """What a command line says of how to play.

    ``say`` is told of the estimate and of progress, ``agree`` asked before a hosted model is. Files: ``journal`` to go
    on from, ``record`` to write the model's traffic to, ``replay`` to take it from.
    """

    repeats: int = 1
    concurrency: int = 1
    removal: bool = True
    allow_missing: bool = False
    journal: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    say: Callable[[str], None] = _nothing
    agree: Callable[[], bool] = lambda: True


@dataclass(slots=True)
class Keeping:
    """The files of a run while it runs, and the traffic that stands before its model."""

    traffic: Recorder | Replayer | None
    recording: Recording | None = None
    journal: Journal | None = None
    known: Mapping[Play, Played] = field(default_factory=dict)

    def keep(self, play: Play, played: Played) -> None:
        """Write down what a play came to: its traffic first, so that whatever the journal holds can be replayed."""
        if self.recording is not None and isinstance(self.traffic, Recorder):
            self.recording.keep(play, self.traffic.take(play))
        if self.journal is not None:
            self.journal.keep(play, played)

    def watch(self, play: Play) -> None:
        """Raise `NotRecorded` if the play asked for what no recording holds."""
        if isinstance(self.traffic, Replayer):
            self.traffic.require(play)

    def plan(self, manner: Manner, told: Callable[[Played], None], *, patient: bool) -> Plan:
        """How tickets are played, each play kept and ``told``."""

        def keep(play: Play, played: Played) -> None:
            self.keep(play, played)
            told(played)

        patience = None
        if patient:
            patience = Patience(waits=(0.0, 0.0)) if isinstance(self.traffic, Replayer) else Patience()
        return Plan(manner.repeats, manner.concurrency, self.known, keep, self.watch, patience)


def traffic_of(manner: Manner, secrets: tuple[str, ...]) -> Recorder | Replayer | None:
    """What stands before the model, if anything; raises `BadInput`."""
    if manner.replay is not None:
        return Replayer(read_recording(manner.replay))
    return None if manner.record is None else Recorder(secrets)


@contextmanager
def keeping(manner: Manner, traffic: Recorder | Replayer | None, conditions: Conditions) -> Iterator[Keeping]:
    """The run's files while it runs, and what is known from them.

    Raises:
        BadInput: a file cannot be used.
    """
    with ExitStack() as files:
        kept = Keeping(traffic)
        if manner.record is not None:
            kept.recording = files.enter_context(open_recording(manner.record))
        if manner.journal is not None:
            kept.journal = files.enter_context(open_journal(manner.journal, conditions))
            kept.known = _known(kept.journal, kept.recording)
            manner.say(_found(manner.journal, kept.journal, len(kept.known)))
        yield kept


def _known(journal: Journal, recording: Recording | None) -> Mapping[Play, Played]:
    """The plays that need no other one; what is to be recorded must have been."""
    plays = journal.kept.plays
    return plays if recording is None else {play: plays[play] for play in plays if str(play) in recording.plays}


def _found(path: Path, journal: Journal, known: int) -> str:
    if journal.kept.changed:
        return f"{path}: begins anew, as what was played there differs in: {', '.join(journal.kept.changed)}"
    return f"{path}: goes on after {known} plays" if known else f"{path}: begins"
