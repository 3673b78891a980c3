"""``GET /customers/lookup``: whose an address is."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from fte_agent.domain import messages
from fte_agent.inbound.addresses import MAX_ADDRESS_CHARS, is_address
from fte_agent.inbound.faults import Fault
from fte_database.repositories.management import customers as stored
from fte_runtime.asgi.problems import described
from fte_runtime.management.access import TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.faults import Conflict, NotFound
from fte_runtime.management.parameters import Parameters
from fte_runtime.management.surface import UNCHANGED, Shown, surface
from fte_runtime.management.tokens import Role

_SEPARATORS = re.compile(r"[ ()./-]")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164."""


def _email(given: str) -> str:
    """As ingest compares it."""
    if not is_address(given.strip()):
        raise PydanticCustomError("malformed_email", "must be an e-mail address such as name@example.com")
    return messages.Identifier("email", given).normalised


def _phone(given: str) -> str:
    """As ingest compares it. A plus that was not written as %2B comes as a space."""
    number = _SEPARATORS.sub("", "+" + given[1:] if given.startswith(" ") else given)
    if not _NUMBER.fullmatch(number):
        raise PydanticCustomError(
            "malformed_phone", "must be a number with its country, such as +4915112345678; a plus is written %2B"
        )
    return messages.Identifier("phone", number).normalised


class Addresses(Parameters):
    """What to look for; with both, they must be one customer's."""

    email: Annotated[str, Field(max_length=MAX_ADDRESS_CHARS), AfterValidator(_email)] | None = None
    phone: Annotated[str, Field(max_length=40), AfterValidator(_phone)] | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> "Addresses":
        if self.email is None and self.phone is None:
            raise PydanticCustomError("nothing_to_look_for", "must have email, phone or both")
        return self


class Identifier(Shown):
    """An address. ``verification`` says whether a channel or a code ever proved that it is the customer's, and
    ``verified_by`` which; ``record_id`` is the record that the address made."""

    kind: str
    value: str
    record_id: UUID
    verification: Literal["verified", "unverified"]
    verified_by: str | None
    verified_at: datetime | None
    opted_out_at: datetime | None
    undeliverable_at: datetime | None
    first_channel: str
    created_at: datetime


class Merge(Shown):
    """A merge in force: the record ``victim`` stands for ``survivor``. ``actor`` is a token's name, or ``customer``."""

    id: UUID
    victim: UUID
    survivor: UUID
    actor: str
    reason: str
    merged_at: datetime


class ConversationCount(Shown):
    """Conversations on one kind of channel; ``unresolved`` are those that are not done."""

    channel: str
    total: int
    unresolved: int
    last_inbound_at: datetime | None


class Customer(Shown):
    """A customer. ``email`` is set once it was verified."""

    id: UUID
    email: str | None
    display_name: str | None
    created_at: datetime
    identifiers: list[Identifier]
    merges: list[Merge]
    conversations: list[ConversationCount]


def router(context: ManagementContext, access: Access) -> APIRouter:
    """The look-up, for agents."""
    routes = surface("customers")
    agent = Depends(access.needs(Role.AGENT))

    @routes.get(
        "/customers/lookup",
        operation_id="lookup_customer",
        summary="Find a customer by an address",
        responses={
            **UNCHANGED,
            **described(
                s404="No customer has such an address.", s409="The two addresses are of two customers; both are named."
            ),
        },
    )
    async def lookup_customer(
        caller: Annotated[str, agent], addresses: Annotated[Addresses, Query()], _: Annotated[None, TURN]
    ) -> Customer:
        """Every look-up is noted with the token's name, and without the address. It takes as long whoever is there."""
        found = await context.customers.look_up(email=addresses.email, phone=addresses.phone, actor=caller)
        if len(set(found.customers.values())) > 1:
            raise Conflict(
                *(
                    Fault(kind, "another_customer", f"is of customer {of}")
                    for kind, of in sorted(found.customers.items())
                )
            )
        if found.customer is None:
            raise NotFound("email" if addresses.email else "phone")
        return _shown(found.customer)

    return routes


def _shown(customer: stored.Customer) -> Customer:
    fields = {name: getattr(customer, name) for name in Customer.model_fields}
    identifiers = [
        {name: getattr(each, name) for name in Identifier.model_fields if name != "verification"}
        | {"verification": "unverified" if each.verified_at is None else "verified"}
        for each in customer.identifiers
    ]
    return Customer.model_validate({**fields, "identifiers": identifiers})
