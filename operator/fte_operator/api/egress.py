"""``spec.extraEgress``: where pods may connect to besides what the operator finds by itself."""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.shape import Shape

_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_CIDR_V4 = rf"({_BYTE}\.){{3}}{_BYTE}/(3[0-2]|[12]?[0-9])"
_CIDR_V6 = "(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:)/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"
_CIDR = Shape(
    rf"^({_CIDR_V4}|{_CIDR_V6})$",
    "must be a block of addresses such as 10.20.0.0/16 or fd00:20::/32, in lower case",
)
# link-local, and where clouds answer pods besides: `fte_operator.desired.network`
_CLOUD = re.compile(
    "169[.]254[.]|168[.]63[.]129[.]16/|100[.]100[.]100[.]200/|192[.]0[.]0[.]192/|fe[89ab][0-9a-f]:|fd00:0?ec2:"
)


class Egress(ApiModel):
    """A TCP port that pods may connect to, at the addresses of `cidr` or, without one, at all but a cloud's own."""

    port: Annotated[int, Field(ge=1, le=65535)]
    cidr: Annotated[str, Field(max_length=43), _CIDR] | None = None

    @model_validator(mode="after")
    def _not_of_the_cloud(self) -> Self:
        if self.cidr is not None and _CLOUD.match(self.cidr):
            raise ValueError(
                "extraEgress.cidr must not be a cloud's metadata address or link-local: who reaches it may get the "
                "node's credentials; name the address that is needed"
            )
        return self
