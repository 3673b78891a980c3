"""What every custom resource has, and how a stored object becomes a value."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from fte_operator.errors import InvalidSpec

_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_NAME_LENGTH = 40


class ApiModel(BaseModel):
    """A frozen part of a resource, written in camelCase.

    Unknown fields are ignored: while a release is being installed, the CRDs are newer than the operator and the
    API server already fills in their defaults. `parse` refuses them where no API server has looked (``strict``).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, validate_by_name=True)


class ObjectMeta(ApiModel):
    """The metadata the operator reads. `uid` is empty for an object that no API server has stored."""

    name: str
    namespace: str = "default"
    uid: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)


class Resource(ApiModel):
    """A custom resource; its name is a DNS label short enough for the names derived from it."""

    api_version: Literal["digitalfte.dev/v1alpha1"]
    kind: str
    metadata: ObjectMeta
    spec: ApiModel

    @property
    def name(self) -> str:
        """``metadata.name``."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """``metadata.namespace``."""
        return self.metadata.namespace

    @property
    def key(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    @model_validator(mode="after")
    def _name_is_a_short_label(self) -> Self:
        if len(self.name) > _NAME_LENGTH:
            raise ValueError("metadata.name must be at most 40 characters: names of up to 63 are derived from it")
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                "metadata.name must be a DNS-1035 label: lower-case letters, digits and '-', starting with a letter"
            )
        return self


Kind = TypeVar("Kind", bound=Resource)


def parse(kind: type[Kind], raw: Mapping[str, Any], *, strict: bool = False) -> Kind:
    """A stored object as a value; `strict` also refuses unknown fields under ``spec``.

    Raises:
        InvalidSpec: a field is missing, wrong or breaks a rule; the message names it.
    """
    try:
        resource = kind.model_validate(raw)
    except ValidationError as error:
        raise InvalidSpec(_faults(error)) from error
    if strict:
        try:
            type(resource.spec).model_validate(raw["spec"], extra="forbid")
        except ValidationError as error:
            raise InvalidSpec(_faults(error, "spec")) from error
    return resource


def _faults(error: ValidationError, *below: str) -> str:
    """Every fault as ``field: what is wrong``, without the value."""
    return "; ".join(_fault(fault, *below) for fault in error.errors(include_input=False))


def _fault(fault: Any, *below: str) -> str:
    where, what = ".".join(map(str, (*below, *fault["loc"]))), fault["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
