"""The form of a text field, with the words that say it: a pattern alone tells nobody what to write."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Shape:
    """Annotation of a string that must match `pattern` (RE2, anchored); `says` completes "the field …".

    Both stand in the published schema, as a rule and its message: the API server quotes a ``pattern`` raw.
    """

    pattern: str
    says: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        matching = core_schema.str_schema(pattern=self.pattern)
        told = core_schema.custom_error_schema(matching, "shape", custom_error_message=self.says)
        return core_schema.chain_schema([handler(source), told])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern, "says": self.says}
