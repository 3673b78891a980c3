"""``GET /knowledge/search``: what the employee's own search finds, with its scores."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from fte_runtime.management.access import SEARCH_TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.parameters import Parameters
from fte_runtime.management.surface import UNCHANGED, Shown, surface
from fte_runtime.management.tokens import Role

MAX_QUERY_CHARS = 1000
MAX_PASSAGES = 50


class SearchAsked(Parameters):
    """A question in a customer's words, and how many sections at most."""

    q: Annotated[str, Field(min_length=1, max_length=MAX_QUERY_CHARS)]
    limit: Annotated[int, Field(ge=1, le=MAX_PASSAGES)] = 5


class Passage(Shown):
    """A section; ``score`` orders sections of one search, and says nothing between two."""

    uri: str
    title: str
    heading: str
    content: str
    score: float


class Passages(Shown):
    """What was found, best first. ``snapshot`` is the one ingested last, null while there is none."""

    snapshot: str | None
    passages: list[Passage]


def router(context: ManagementContext, access: Access) -> APIRouter:
    """The search, for readers: what it shows is approved for customers."""
    routes = surface("knowledge")

    @routes.get(
        "/knowledge/search",
        operation_id="search_knowledge",
        summary="Search the knowledge",
        responses=UNCHANGED,
        dependencies=[Depends(access.needs(Role.READER)), SEARCH_TURN],
    )
    async def search_knowledge(asked: Annotated[SearchAsked, Query()]) -> Passages:
        """Internal sections are never found."""
        searched = await context.search(asked.q, asked.limit)
        passages = [
            Passage(
                uri=each.section.uri,
                title=each.section.title,
                heading=each.section.heading,
                content=each.section.content,
                score=round(each.score, 4),
            )
            for each in searched.passages
        ]
        return Passages(snapshot=searched.snapshot, passages=passages)

    return routes
