"""The tables of channels, one in the operator and two in the image, say the same."""

import pytest

from fte_agent.channels import TRAITS
from fte_operator.desired.channels import TYPES
from fte_runtime.channels import registry


def test_every_type_is_served() -> None:
    assert TYPES.keys() == registry.PLUGINS.keys()


@pytest.mark.parametrize("name", TYPES)
def test_a_type_s_topic_is_its_kind_s(name: str) -> None:
    assert TYPES[name].topic == TRAITS[registry.plugin(name, "settings").KIND].topic


@pytest.mark.parametrize("name", TYPES)
def test_a_type_s_settings_have_the_name_of_its_plug_in(name: str) -> None:
    assert TYPES[name].member == registry.member(name)
