"""Tokens of pages lead on from where a page ended, of the question that was asked."""

import base64
import json

import pytest

from services.runtime.page_tokens import place_of, token_of
from services.runtime.refusals import InvalidFields


def number_and_name(number: int, name: str) -> tuple[int, str]:
    return int(number), str(name)


def read(token: str, question: str = "all of May") -> tuple[int, str]:
    return place_of(token, question, number_and_name, "the month")


def test_a_token_leads_back_to_the_place_it_was_made_of() -> None:
    assert read(token_of((7, "钢铁"), "all of May")) == (7, "钢铁")


def test_a_token_of_another_question_is_refused_with_what_to_keep() -> None:
    with pytest.raises(InvalidFields, match="another question; keep the month"):
        read(token_of((7, "steel"), "all of June"))


@pytest.mark.parametrize(
    "content", [[], 7, ["x"], ["seven", "steel", "d"], [1, "a", "b", "d"], {"a": 1}]
)
def test_what_is_no_token_of_ours_is_refused(content: object) -> None:
    token = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()

    for text in (token, token[:-1], "é", "next"):
        with pytest.raises(InvalidFields, match="not a token of this service"):
            read(text)
