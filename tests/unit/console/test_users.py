"""Who may look and who may steer."""

import base64
import hashlib
from pathlib import Path

import pytest

from services.console.users import LOCAL, User, Users


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def users(tmp_path: Path) -> Users:
    digest = hashlib.sha256(b"a:b").hexdigest()
    file = tmp_path / "users"
    file.write_text(f"# the shift\nmei:operator:{digest}\nguest:viewer:{digest.upper()}\n\n")
    return Users(file)


def test_without_a_list_everyone_here_may_steer() -> None:
    assert Users(None).of(None) == LOCAL


def test_an_operator_may_steer_and_a_viewer_may_only_look(users: Users) -> None:
    assert users.of(basic("mei", "a:b")) == User("mei", may_steer=True)
    assert users.of(basic("guest", "a:b")) == User("guest", may_steer=False)


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic !!!", "Bearer abc", basic("mei", "wrong"), basic("nobody", "a:b")],
)
def test_whoever_cannot_show_name_and_password_is_nobody(users: Users, header: str | None) -> None:
    assert users.of(header) is None


@pytest.mark.parametrize("line", ["mei", "mei:boss:" + "0" * 64, "mei:viewer:short", ":viewer:x"])
def test_a_wrong_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "users"
    file.write_text(f"# comment\n{line}\n")

    with pytest.raises(ValueError, match="line 2"):
        Users(file)
