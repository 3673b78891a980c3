"""Types of fields that both kinds use."""

from typing import Annotated

from pydantic import Field

from fte_operator.api.base import ApiModel

ObjectName = Annotated[str, Field(min_length=1, max_length=253)]
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
LabelName = Annotated[str, Field(max_length=40, pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$")]
Url = Annotated[str, Field(max_length=2048, pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]


class SecretKeyRef(ApiModel):
    """A key of a Secret of the same namespace."""

    name: ObjectName
    key: SecretKey
