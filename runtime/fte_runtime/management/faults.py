"""What the management API refuses, and how it is told; everything else is `fte_runtime.asgi.problems`'."""

import logging
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from fte_agent.errors import ModelFailed
from fte_agent.inbound.faults import Fault
from fte_database.errors import DatabaseError
from fte_runtime.asgi.problems import INTERNAL, RETRY_AFTER_SECONDS, Handler, Problem, problem_of
from fte_runtime.errors import DataPlaneError, Refused, is_retryable
from fte_runtime.management.tokens import Role

logger = logging.getLogger(__name__)

UNAVAILABLE = Fault("database", "unavailable", "cannot be asked now; try again later")
UNEMBEDDED = Fault("embedder", "unavailable", "did not embed the question; the API's log says why")


class Unauthenticated(Refused):
    """No bearer token, or one that nobody has."""

    status, code, field, challenge = 401, "unauthenticated", "authorization", 'Bearer realm="management"'

    def __init__(self) -> None:
        super().__init__("must be Bearer and a token of this employee's management API")


class RoleNeeded(Refused):
    """The token's role is not enough."""

    status, code, field = 403, "role_needed", "authorization"

    def __init__(self, role: Role) -> None:
        super().__init__(f"must be a token of role {role.key} or higher")
        self.challenge = f'Bearer realm="management", error="insufficient_scope", scope="{role.key}"'  # RFC 6750 §3.1


class NotFound(Refused):
    """What was asked for is not there."""

    status, code = 404, "not_found"

    def __init__(self, field: str) -> None:
        super().__init__("is not known")
        self.field = field


class MalformedCursor(Refused):
    """A cursor that is none of ours, or of another list."""

    status, code, field = 422, "malformed_cursor", "cursor"

    def __init__(self) -> None:
        super().__init__("must be next_cursor of the page before, with the same filters; leave it out to begin again")


class Conflict(DataPlaneError):
    """What was asked for contradicts itself or the data; ``faults`` names each side."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.field} {fault.message}" for fault in faults))
        self.faults = faults


async def _refused(_: Request, error: Refused) -> Response:
    return problem_of(error)


async def _conflict(_: Request, error: Conflict) -> Response:
    return Problem(409, *error.faults)


async def _database(_: Request, error: DatabaseError) -> Response:
    if not is_retryable(error):
        logger.error("not answered", extra={"error": str(error)})
        return Problem(500, INTERNAL)
    logger.warning("not answered", extra={"error": str(error)})
    return Problem(503, UNAVAILABLE, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


async def _unembedded(_: Request, error: ModelFailed) -> Response:
    logger.warning("not searched", extra={"error": str(error)})
    return Problem(503, UNEMBEDDED, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


HANDLERS: Mapping[int | type[Exception], Handler] = {
    Refused: _refused,
    Conflict: _conflict,
    DatabaseError: _database,
    ModelFailed: _unembedded,
}
"""For a `FastAPI`'s ``exception_handlers``, beside those of problems."""
