"""``POST /customers/{customer_id}/export`` and ``/erase``: one customer's data, for them or for nobody any more."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response, StreamingResponse

from fte_agent.inbound.faults import Fault
from fte_database.repositories.privacy.erasures import Erasure, Refusal
from fte_runtime.asgi.problems import RETRY_AFTER_SECONDS, Problem, described
from fte_runtime.errors import BusUnavailable
from fte_runtime.management.access import TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.faults import NotFound
from fte_runtime.management.parameters import PathId
from fte_runtime.management.surface import surface
from fte_runtime.management.tokens import Role
from fte_runtime.privacy.erasing import receipt_json
from fte_runtime.privacy.exporting import document

NOT_DONE = Fault("body", "not_confirmed", "is not done to its end, as Kafka does not answer; ask again")


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


def router(context: ManagementContext, access: Access) -> APIRouter:
    """The two routes, for admins."""
    routes = surface("privacy")
    admin = Depends(access.needs(Role.ADMIN))

    @routes.post(
        "/customers/{customer_id}/export",
        operation_id="export_customer",
        summary="Export a customer",
        response_class=StreamingResponse,
        responses=_EXPORTED | described(s404="There is no such customer."),
    )
    async def export_customer(
        customer_id: PathId, caller: Annotated[str, admin], _: Annotated[None, TURN]
    ) -> StreamingResponse:
        """Everything that is stored of them, as docs/contracts/customer-export.schema.json describes it."""
        subject = await context.exports.subject(customer_id, caller)
        if subject is None:
            raise NotFound("customer_id")
        pieces = document(context.exports, subject, context.clock.now())
        headers = {"content-disposition": f'attachment; filename="customer-{customer_id}.json"'}
        return StreamingResponse(pieces, media_type="application/json", headers=headers)

    @routes.post(
        "/customers/{customer_id}/erase",
        operation_id="erase_customer",
        summary="Erase a customer",
        response_model=Receipt,
        responses=described(
            s400="The body is no JSON.",
            s404="There is no such customer.",
            s409="A person has a conversation of theirs, or a reply is on its way: wait, or use force.",
            s413="The body is too large.",
        ),
    )
    async def erase_customer(
        customer_id: PathId,
        caller: Annotated[str, admin],
        _: Annotated[None, TURN],
        asked: Annotated[EraseRequest, Body()] = _AS_ASKED,
    ) -> Response:
        """From every table and topic, once and for all; asked again, it gives the same receipt."""
        try:
            outcome = await context.erasing.erase(customer_id, caller, force=asked.force)
        except BusUnavailable:
            return Problem(503, NOT_DONE, headers={"retry-after": str(RETRY_AFTER_SECONDS)})
        return _told(outcome)

    return routes


def _told(outcome: Erasure | Refusal | None) -> Response:
    match outcome:
        case Erasure():
            return JSONResponse(receipt_json(outcome))
        case Refusal():
            return Problem(409, Fault("customer_id", "in_use", f"{outcome.text}; wait, or use force"))
    raise NotFound("customer_id")
