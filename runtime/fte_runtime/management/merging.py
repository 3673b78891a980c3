"""``POST /customers/{customer_id}/merge`` and ``/split``: two records as one customer, and as two again (ADR 49)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fte_agent.inbound.faults import Fault
from fte_database.errors import AlreadyMerged, MergeCycle, MergeRefused, NoSuchCustomer, NotMerged, SameCustomer
from fte_runtime.asgi.problems import described
from fte_runtime.management.access import TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.faults import Conflict, NotFound
from fte_runtime.management.parameters import Id, PathId
from fte_runtime.management.surface import Shown, surface
from fte_runtime.management.tokens import Role

MAX_REASON_CHARS = 500
_CODES = {
    SameCustomer: "same_customer",
    AlreadyMerged: "already_merged",
    MergeCycle: "merge_cycle",
    NotMerged: "not_merged",
}
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON_CHARS),
    Field(description="Why; it is kept."),
]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MergeRequest(_Asked):
    """Into which customer, and why."""

    into: Id
    reason: Reason


class SplitRequest(_Asked):
    """Which merge of this customer's; with null the one by which this customer's record became part of another."""

    merge_id: Id | None = None
    reason: Reason


class MergeResult(Shown):
    """The merge that was made."""

    merge_id: UUID


class SplitResult(Shown):
    """The record that stands for itself again."""

    customer_id: UUID


def router(context: ManagementContext, access: Access) -> APIRouter:
    """Merge and split, for admins."""
    routes = surface("customers")
    admin = Depends(access.needs(Role.ADMIN))
    told = described(
        s400="The body is no JSON.", s409="It contradicts what is; why is told.", s413="The body is too large."
    )

    @routes.post(
        "/customers/{customer_id}/merge",
        operation_id="merge_customer",
        summary="Make a customer's record part of another",
        responses=told | described(s404="There is no such customer."),
    )
    async def merge_customer(
        customer_id: PathId, asked: MergeRequest, caller: Annotated[str, admin], _: Annotated[None, TURN]
    ) -> MergeResult:
        """No row moves, so a split restores both. What is told to the customer follows at their next message."""
        with _told(customer_id):
            made = await context.merges.merge(customer_id, asked.into, actor=caller, reason=asked.reason)
        return MergeResult(merge_id=made)

    @routes.post(
        "/customers/{customer_id}/split",
        operation_id="split_customer",
        summary="Undo a merge",
        responses=told,
    )
    async def split_customer(
        customer_id: PathId, asked: SplitRequest, caller: Annotated[str, admin], _: Annotated[None, TURN]
    ) -> SplitResult:
        """Both records are again what they were, with what came in since."""
        with _told(customer_id):
            which = asked.merge_id or customer_id
            victim = await context.merges.split(which, of=customer_id, actor=caller, reason=asked.reason)
        return SplitResult(customer_id=victim)

    return routes


@contextmanager
def _told(customer: UUID) -> Iterator[None]:
    """What the store refuses, as a problem."""
    try:
        yield
    except NoSuchCustomer as error:
        raise NotFound("customer_id" if customer in error.customers else "into") from None
    except MergeRefused as error:
        raise Conflict(Fault("customer_id", _CODES[type(error)], str(error))) from None
