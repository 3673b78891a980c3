"""Tokens of the management API: files, roles, rotation."""

from pathlib import Path

import pytest
from management_world import ADMIN, AGENT, READER, token_files

from fte_runtime.config import ConfigError
from fte_runtime.management.tokens import Role, load_management_tokens

ANOTHER = "b" * 32


@pytest.mark.parametrize(("token", "role"), [(READER, Role.READER), (AGENT, Role.AGENT), (ADMIN, Role.ADMIN)])
def test_a_token_has_the_role_of_its_file(tmp_path: Path, token: str, role: Role) -> None:
    found = load_management_tokens(token_files(tmp_path)).find(token)
    assert found is not None
    assert found.role is role


@pytest.mark.parametrize("token", ["", READER[:-1], READER + "r", READER.upper(), "\ud800" * 32, "ä" * 32])
def test_any_other_word_is_nobody_s(tmp_path: Path, token: str) -> None:
    assert load_management_tokens(token_files(tmp_path)).find(token) is None


def test_a_token_rotates_by_a_line_more_and_then_one_less(tmp_path: Path) -> None:
    both = load_management_tokens(token_files(tmp_path, agent=f"{AGENT}\r\n\n  {ANOTHER}\n"))
    before, after = both.find(AGENT), both.find(ANOTHER)
    assert before is not None
    assert after is not None
    assert before.role is after.role is Role.AGENT
    assert before.name != after.name
    left = load_management_tokens(token_files(tmp_path, agent=ANOTHER))
    assert left.find(AGENT) is None
    assert left.find(ANOTHER) == after


def test_a_token_in_two_files_has_the_higher_role(tmp_path: Path) -> None:
    found = load_management_tokens(token_files(tmp_path, reader=f"{READER}\n{ADMIN}", admin=ADMIN)).find(ADMIN)
    assert found is not None
    assert found.role is Role.ADMIN


def test_a_name_tells_the_role_and_nothing_of_the_token(tmp_path: Path) -> None:
    found = load_management_tokens(token_files(tmp_path)).find(AGENT)
    assert found is not None
    role, _, digest = found.name.partition("/")
    assert (role, len(digest)) == ("agent", 8)
    assert AGENT[:3] not in digest
    assert AGENT not in repr(load_management_tokens(token_files(tmp_path)))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is empty"),
        ("\n \n", "has no token"),
        ("x" * 31, "line 1 is no token: a token has at least 32"),
        (f"{READER}\n{'x ' * 20}", "line 2 is no token"),
        ("ä" * 40, "line 1 is no token"),
    ],
)
def test_what_is_no_token_is_refused_by_file_and_line_and_not_shown(
    tmp_path: Path, content: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint) as refused:
        load_management_tokens(token_files(tmp_path, reader=content))
    assert str(tmp_path / "reader") in str(refused.value)
    assert "xxx" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (token_files(tmp_path) / "admin").unlink()
    with pytest.raises(ConfigError, match="admin: cannot be read"):
        load_management_tokens(tmp_path)
