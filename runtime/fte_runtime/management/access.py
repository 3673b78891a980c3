"""Who may call a route: its dependencies, in the order in which they are asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fte_runtime.management.faults import RoleNeeded, Unauthenticated
from fte_runtime.management.tokens import ManagementTokens, Role

AT_A_TIME = 4
"""Requests that use the database at a time, of all in one process: its pool is the customers' first."""

_SCHEME = HTTPBearer(scheme_name="managementToken", auto_error=False, description="A token of the employee's Secret.")


async def _turn() -> AsyncIterator[None]:
    yield


TURN = Depends(_turn, scope="function", max_concurrency=AT_A_TIME)
"""Waits for its turn; over before the answer is sent, so that a slow reader keeps nobody waiting."""

SEARCH_TURN = Depends(_turn, scope="function", max_concurrency=2)
"""Of searches: an embedder that answers slowly keeps nobody else waiting."""


class Access:
    """Makes of ``tokens`` what a route depends on."""

    def __init__(self, tokens: ManagementTokens) -> None:
        self._tokens = tokens

    def needs(self, role: Role) -> Callable[..., Awaitable[str]]:
        """A dependency that gives the name of the caller's token, which has at least ``role``."""

        async def caller(credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]) -> str:
            found = self._tokens.find(credentials.credentials) if credentials else None
            if found is None:
                raise Unauthenticated
            if found.role < role:
                raise RoleNeeded(role)
            return found.name

        return caller
