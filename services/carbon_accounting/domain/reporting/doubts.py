"""Why numbers are unverified, in both languages; words that are not known stay as they are."""

import re

from services.carbon_accounting.domain.reporting.cells import Reasons
from services.energy.site import Text

BETWEEN = "; "
CHINESE = (
    (r"(.+): factor of (\S+) stands in for (\d+)", r"\1：以 \2 年因子代替 \3 年"),
    (r"factor of (\S+) stands in for (\d+)", r"以 \1 年因子代替 \2 年"),
    (r"rate of (.+) is flagged (M|GAP)", r"\1 的排放率标记为 \2"),
    (r"the target of ([^:]+): is flagged (M|GAP)", r"\1 的目标值标记为 \2"),
    (r"the target of ([^:]+): (.+) is missing", r"\1 的目标值：缺少 \2"),
    (r"(.+): known but not read in any text \(M\)", r"\1：已知但未读到原文（M）"),
    (r"(.+): a gap in the rules \(GAP\)", r"\1：规则缺口（GAP）"),
    (r"(.+) is flagged (M|GAP)", r"\1 标记为 \2"),
    (r"no price for (\d+) (\S+): what they cost is unknown", r"\1 \2 没有价格：其成本未知"),
    (
        r"(\d+) (\S+) out of stores are of unknown origin and have the price of the grid",
        r"储能放出的 \1 \2 来源不明，按电网电价计",
    ),
    (r"(\d+) intervals are unknown and not in it", r"\1 个时段未知，未计入"),
)


def reasons_of(text: str) -> Reasons:
    """Return the reasons that stand in one text, separated by `; `, each once."""
    words = dict.fromkeys(word for word in text.split(BETWEEN) if word)
    return tuple(Text(word, _in_chinese(word)) for word in words)


def _in_chinese(word: str) -> str:
    for pattern, chinese in CHINESE:
        if found := re.fullmatch(pattern, word):
            return found.expand(chinese)
    return word
