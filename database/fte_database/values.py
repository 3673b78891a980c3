"""How Python values travel to PostgreSQL and back: text, jsonb, dataclasses in it, and halfvec."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

import asyncpg
import numpy as np
from pgvector import HalfVector

from fte_agent.text.cleaning import storable

T = TypeVar("T")


def encode_json(value: object) -> str:
    """Compact JSON of ``value`` with every string made `storable`, keys included."""
    return json.dumps(_storable_json(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _storable_json(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(item) for item in value]
    return value


def known(kind: type[T], stored: Mapping[str, Any]) -> T:
    """The dataclass ``kind`` that was stored as a JSON object; fields that a newer release added are left out.

    Raises:
        TypeError: a field without a default is missing, or ``kind`` is no dataclass.
    """
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in stored.items() if name in names})


async def register(connection: "asyncpg.Connection[asyncpg.Record]", vector_schema: str) -> None:
    """Teach one connection the codecs; ``vector_schema`` is where the extension lives."""
    await connection.set_type_codec("text", schema="pg_catalog", encoder=storable, decoder=str, format="text")
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=encode_json, decoder=json.loads, format="text"
    )
    await connection.set_type_codec(
        "halfvec",
        schema=vector_schema,
        encoder=lambda vector: HalfVector(np.asarray(vector)).to_binary(),
        decoder=HalfVector.from_binary,
        format="binary",
    )
