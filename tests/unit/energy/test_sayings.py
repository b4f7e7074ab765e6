"""What services say in English is said in Chinese as far as it is made of known sentences."""

import pytest

from services.energy.sayings.chinese import ALL, in_both, in_chinese
from services.energy.sayings.saying import Saying


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("steel: 3 Wh became 2 Wh", "steel：由 3 Wh 变为 2 Wh"),
        (
            "steel: 500+~700 Wh linear, 5 Wh written off became unknown (5 Wh set aside)",
            "steel：由 500+~700 Wh（线性插值、核销 5 Wh） 变为 未知（5 Wh 暂挂）",
        ),
        ("a: 1 Wh became 2 Wh; and 3 more", "a：由 1 Wh 变为 2 Wh；另有 3 项"),
        ("reading changed or factor changed", "读数变更或因子变更"),
        (
            "2019-06-03T14:30Z waits for gas (5 Wh set aside), steam and 2 more",
            "2019-06-03T14:30Z 等待 gas（5 Wh 暂挂）、steam 等（另有 2 个）",
        ),
        (
            "2019-06-03T14:30Z has certificates for more than was used: "
            "5 Wh of c-1 for steel, market_based, 6 Wh of c-2 for park, market_based",
            "2019-06-03T14:30Z 凭证电量超过用电量："
            "基于市场台账中 steel 的凭证 c-1 多 5 Wh、基于市场台账中 park 的凭证 c-2 多 6 Wh",
        ),
        (
            "bus: a, b unknown in 5 intervals: the node is not booked there - "
            "give the readings, or estimate them and say quality estimated",
            "bus：a、b 在 5 个区间未知，该节点在这些区间未记账。"
            "请补读数，或给出估算值并标明质量为估算",
        ),
        (
            "boiler: no factor for ledger cbam, quantity wood, region CN on 2019-01-01; "
            "add a row to a factor file or let the park declare which year stands in"
            " - nothing of it is booked until then",
            "boiler：CBAM台账在 2019-01-01 没有 wood（地区 CN）的因子；"
            "请在因子文件中加一行，或由园区声明以哪一年代替。在此之前均不记账",
        ),
    ],
)
def test_a_sentence_is_said_with_its_names_and_numbers(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_the_words_of_a_person_stay_as_they_were_written() -> None:
    reason = "approved by li.wei (console): meter was swapped: steel: 3 Wh became 2 Wh"

    assert in_chinese(reason) == (
        "li.wei (console) 批准：meter was swapped：steel：由 3 Wh 变为 2 Wh"
    )


@pytest.mark.parametrize("text", ["", "checked; all of it", "电表已更换; 见工单", "a: b - c"])
def test_what_is_not_known_is_not_touched(text: str) -> None:
    assert in_chinese(text) == text
    assert in_both(text).en == text


def test_a_text_that_no_service_makes_is_not_looked_at() -> None:
    endless = "a: 1 Wh became 2 Wh; " * 1_000

    assert in_chinese(endless) == endless


def test_no_english_sentence_stands_twice() -> None:
    said = [one.en for one in ALL]

    assert len(said) > 150
    assert sorted(said) == sorted(set(said))


def test_a_chinese_sentence_has_only_holes_of_the_english_one() -> None:
    with pytest.raises(ValueError, match="that 'gone' has not"):
        Saying("gone", "{when} 消失")


def test_a_saying_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="several sentences"):
        Saying("one; two", "一；二")


@pytest.mark.parametrize("mark", [": ", " - ", " became ", "; and 3 more", ": a - b became "])
def test_a_text_of_nothing_but_marks_is_left_as_it_is_at_once(mark: str) -> None:
    hostile = ("a" + mark) * 60 + "a"

    assert hostile.split(mark)[0] in in_chinese(hostile)
