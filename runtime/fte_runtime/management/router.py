"""All routes of the management API."""

from collections.abc import Iterable

from fastapi import APIRouter

from fte_runtime.management import conversations, customers, knowledge, lists, merging, metrics, privacy
from fte_runtime.management.access import Access
from fte_runtime.management.context import ManagementContext

CONTRACT = "management-api"


def routers(context: ManagementContext) -> Iterable[APIRouter]:
    """A router for each kind of thing; each route says which role it needs."""
    access = Access(context.tokens)
    for each in (conversations, customers, merging, privacy, lists, metrics, knowledge):
        yield each.router(context, access)
