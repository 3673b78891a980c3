"""Routes that export and erase one customer."""

from collections.abc import Callable
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response, StreamingResponse

from fte_agent.inbound.faults import Fault
from fte_agent.ports import Clock
from fte_database.repositories.privacy.erasures import Erasure, Refusal
from fte_runtime.asgi.problems import RETRY_AFTER_SECONDS, Problem, described
from fte_runtime.errors import BusUnavailable
from fte_runtime.privacy.erasing import receipt_json
from fte_runtime.privacy.exporting import Exports, document

UNKNOWN = Fault("customer_id", "not_found", "is no customer's id; GET /customers/lookup finds ids by address")
NOT_DONE = Fault("body", "not_confirmed", "is not done to its end, as Kafka does not answer; ask again")
NO_STORE = {"cache-control": "no-store"}


class Erases(Protocol):
    """`fte_runtime.privacy.erasing.Erasing`."""

    async def erase(self, customer: UUID, actor: str, *, force: bool = False) -> Erasure | Refusal | None:
        """Erase one customer everywhere."""


class EraseRequest(BaseModel):
    """How to erase. ``force``: also while a person has a conversation of theirs, or a reply is on its way."""

    model_config = ConfigDict(extra="forbid")

    force: bool = False


class Receipt(BaseModel):
    """What an erasure did, without an identifier of the person.

    ``counts`` are rows by table. In ``shared`` conversations others wrote, too: their words stay. ``topics`` says of
    each what was deleted, how many records are left and for how long.
    """

    id: UUID
    customers: list[UUID]
    actor: str
    forced: bool
    erased_at: str
    counts: dict[str, int]
    shared: list[UUID]
    topics: dict[str, Any]
    finished_at: str


_EXPORTED: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
_AS_ASKED = EraseRequest()


def router(*, exports: Exports, erasing: Erases, clock: Clock, admin: Callable[..., Any]) -> APIRouter:
    """The two routes. ``admin`` is a dependency that gives the name of who asks, and refuses whoever is no admin."""
    routes = APIRouter(prefix="/customers/{customer_id}", tags=["privacy"])

    @routes.post(
        "/export",
        summary="Export a customer",
        description="Everything that is stored of them, as docs/contracts/customer-export.schema.json describes it.",
        operation_id="export_customer",
        response_class=StreamingResponse,
        responses=_EXPORTED | described(s404="there is no such customer"),
    )
    async def export(customer_id: UUID, actor: Annotated[str, Depends(admin)]) -> Response:
        subject = await exports.subject(customer_id, actor)
        if subject is None:
            return Problem(404, UNKNOWN)
        pieces = document(exports, subject, clock.now())
        headers = NO_STORE | {"content-disposition": f'attachment; filename="customer-{customer_id}.json"'}
        return StreamingResponse(pieces, media_type="application/json", headers=headers)

    @routes.post(
        "/erase",
        summary="Erase a customer",
        description="From every table and topic, once and for all; asked again, it gives the same receipt.",
        operation_id="erase_customer",
        response_model=Receipt,
        responses=described(
            s404="there is no such customer",
            s409="a person has a conversation of theirs, or a reply is on its way: wait, or use force",
            s503="not done, or not to its end: ask again",
        ),
    )
    async def erase(
        customer_id: UUID, actor: Annotated[str, Depends(admin)], request: Annotated[EraseRequest, Body()] = _AS_ASKED
    ) -> Response:
        try:
            outcome = await erasing.erase(customer_id, actor, force=request.force)
        except BusUnavailable:
            return Problem(503, NOT_DONE, headers={"retry-after": str(RETRY_AFTER_SECONDS)})
        match outcome:
            case Erasure():
                return JSONResponse(receipt_json(outcome), headers=NO_STORE)
            case Refusal():
                return Problem(409, Fault("customer_id", "in_use", f"{outcome.text}; wait, or use force"))
        return Problem(404, UNKNOWN)

    return routes
