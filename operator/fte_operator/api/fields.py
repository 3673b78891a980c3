"""Types of fields that both kinds use."""

from typing import Annotated

from pydantic import Field

from fte_operator.api.base import ApiModel
from fte_operator.api.shape import Shape

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_OBJECT_NAME = Shape(
    rf"^{_LABEL}(\.{_LABEL})*$",
    "must be the name of an object of Kubernetes: lower-case letters, digits, '-' and '.', such as db.example-1",
)
_SECRET_KEY = Shape(r"^[-._a-zA-Z0-9]+$", "must be a key of a Secret: letters, digits, '-', '_' and '.'")
_LABEL_NAME = Shape(
    r"^[a-z]([-a-z0-9]*[a-z0-9])?$",
    "must be lower-case letters, digits and '-', starting with a letter and ending with a letter or digit",
)
ObjectName = Annotated[str, Field(min_length=1, max_length=253), _OBJECT_NAME]
SecretKey = Annotated[str, Field(min_length=1, max_length=253), _SECRET_KEY]
LabelName = Annotated[str, Field(max_length=40), _LABEL_NAME]
_HOST = r"([^\s/?#:@\[\]]+|\[[0-9A-Fa-f:.]+\])"
PORT = r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_URL = Shape(
    rf"^https?://{_HOST}{PORT}(/[^\s?#]*)?$",
    "must be an http or https address without user, query and fragment, such as https://support.example.com:8443/desk",
)
Url = Annotated[str, Field(max_length=2048), _URL]


class SecretRef(ApiModel):
    """A Secret of the same namespace, whose keys are known."""

    name: ObjectName


class SecretKeyRef(ApiModel):
    """A key of a Secret of the same namespace."""

    name: ObjectName
    key: SecretKey
