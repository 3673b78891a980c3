"""What is wrong with a raw message, part by part."""

from dataclasses import dataclass

from fte_agent.errors import AgentError


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``field`` is the part, ``code`` is stable, ``message`` says what the part must be."""

    field: str
    code: str
    message: str


class InvalidMessage(AgentError):
    """A raw message is none of its channel; ``faults`` say why, one at least. Nothing of what was sent is repeated."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


def invalid(field: str, message: str, code: str = "invalid") -> InvalidMessage:
    """The error of one fault."""
    return InvalidMessage(Fault(field, code, message))
