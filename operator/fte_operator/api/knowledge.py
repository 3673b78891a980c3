"""``spec.knowledge``: where the documents are that the employee answers from."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import LabelName, ObjectName
from fte_operator.api.shape import Shape

_FOLDER = Shape(
    r"^[A-Za-z0-9_][-._A-Za-z0-9]*(/[A-Za-z0-9_][-._A-Za-z0-9]*)*$",
    "must be a folder below the volume's root, such as docs/public: letters, digits, '-', '_' and '.', no name with a "
    "dot in front",
)
_VERSION = Shape(r"^[-._A-Za-z0-9]+$", "must be of letters, digits, '-', '_' and '.', such as 2026-11-30")


class ConfigMapRef(ApiModel):
    """A ConfigMap of the same namespace."""

    name: ObjectName


class PersistentVolumeClaimRef(ApiModel):
    """A folder on a volume. Nobody but the Job sees what is in it, so another `version` has it read again."""

    name: ObjectName
    path: Annotated[str | None, Field(max_length=1024), _FOLDER] = None
    version: Annotated[str | None, Field(max_length=100), _VERSION] = None


class KnowledgeSource(ApiModel):
    """A set of documents, Markdown or JSON: every key of a ConfigMap, or the files on a volume."""

    name: LabelName
    config_map_ref: ConfigMapRef | None = None
    persistent_volume_claim_ref: PersistentVolumeClaimRef | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if (self.config_map_ref is None) == (self.persistent_volume_claim_ref is None):
            raise ValueError(
                "a source must have configMapRef or persistentVolumeClaimRef, and not both: name where its documents "
                "are"
            )
        return self
