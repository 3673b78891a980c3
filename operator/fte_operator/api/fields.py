"""Types of fields that both kinds use."""

from typing import Annotated

from pydantic import Field

from fte_operator.api.base import ApiModel

ObjectName = Annotated[str, Field(min_length=1, max_length=253)]
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
LabelName = Annotated[str, Field(max_length=40, pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$")]
_HOST = r"([^\s/?#:@\[\]]+|\[[0-9A-Fa-f:.]+\])"
_PORT = r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
Url = Annotated[str, Field(max_length=2048, pattern=rf"^https?://{_HOST}{_PORT}(/[^\s?#]*)?$")]


class SecretKeyRef(ApiModel):
    """A key of a Secret of the same namespace."""

    name: ObjectName
    key: SecretKey
