"""How many of the customers who use several ways to write are known as one: the identification rate."""

from dataclasses import dataclass
from datetime import datetime

from fte_database.pool import Database
from fte_database.sql import QUERIES


@dataclass(frozen=True, slots=True)
class Identification:
    """``identified`` of ``seen`` customers; a customer is what all records that were merged stand for.

    Seen are those who wrote since a time, and ever: on at least two kinds of channel, or on one and named an address of
    another kind than they write from. Identified are those of whom every kind of channel they wrote on has a
    conversation that may be told on the others, and every kind of address they named is proven. Two records of one
    person who never said so are two customers who wrote on one channel each: nobody can count them as one, and neither
    does this.
    """

    identified: int
    seen: int

    @property
    def rate(self) -> float | None:
        """From 0 to 1, None where nobody was seen."""
        return self.identified / self.seen if self.seen else None


class PostgresIdentificationStore:
    """Counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, moment: datetime) -> Identification:
        """Of customers who wrote since ``moment``."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["identification"], moment)
        return Identification(row["identified"], row["seen"]) if row else Identification(0, 0)
