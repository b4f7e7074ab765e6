"""How claims on certificates stand against the Scope 2 criteria: counts, and who does not meet."""

from collections import Counter
from collections.abc import Iterable, Sequence

from services.carbon_accounting.domain.certificates.certificate import UNREAD
from services.carbon_accounting.domain.certificates.quality import Met
from services.carbon_accounting.domain.reporting.cells import Cell, Quantity, Reasons
from services.carbon_accounting.domain.reporting.content import Block, Paragraph, Section
from services.carbon_accounting.domain.reporting.doubts import told
from services.carbon_accounting.domain.reporting.measures import COUNT
from services.carbon_accounting.domain.reporting.records import ClaimVerdict, Enterprise
from services.carbon_accounting.domain.reporting.tables import Column, Table
from services.carbon_accounting.domain.reporting.wording import subject
from services.energy.site import Text

HEADING = Text("Scope 2 quality criteria of claims", "声明的范围二质量准则")
NO_CLAIMS = Text("No certificate is claimed for this period.", "本期没有证书声明。")
NOT_TOLD = Text(
    "These books do not say how their claims stand: book them again with this version.",
    "本账目未说明其声明的质量：请用当前版本重新记账。",
)
ALL_MET = Text("Every claim meets every criterion that applies.", "每项声明都满足所有适用的准则。")
WORDING = Text(
    "the wording of this criterion, or the rate, was not read in any text (M)",
    "该准则的原文（或排放率）未在任何文本中读到（M）",
)
MET = {
    Met.YES: Text("met", "满足"),
    Met.NO: Text("not met", "不满足"),
    Met.UNKNOWN: Text("unknown", "未知"),
    Met.NOT_APPLICABLE: Text("not applicable", "不适用"),
}
OPEN = frozenset({Met.NO, Met.UNKNOWN})
MOST_NAMED = 200


def quality_section(
    verdicts: Sequence[ClaimVerdict] | None, enterprises: Sequence[Enterprise]
) -> Section:
    """Return a row for each criterion, and the claims that do not meet one or may not."""
    if not verdicts:
        return Section(HEADING, (Paragraph(NOT_TOLD if verdicts is None else NO_CLAIMS),))
    opened = [one for one in verdicts if one.met in OPEN]
    found: Block = _named(opened, enterprises) if opened else Paragraph(ALL_MET)
    blocks = (Paragraph(_summary(verdicts, opened)), _counts(verdicts), found)
    rest = len(opened) - MOST_NAMED
    return Section(HEADING, (*blocks, Paragraph(_and_more(rest))) if rest > 0 else blocks)


def _summary(verdicts: Iterable[ClaimVerdict], opened: Iterable[ClaimVerdict]) -> Text:
    claims, short = {one.claim for one in verdicts}, {one.claim for one in opened}
    meet, count = len(claims) - len(short), len(claims)
    return Text(
        f"Claims that meet every criterion that applies: {meet} of {count}.",
        f"满足所有适用准则的声明：{count} 项中的 {meet} 项。",
    )


def _counts(verdicts: Sequence[ClaimVerdict]) -> Table:
    counts = Counter((one.criterion, one.met) for one in verdicts)
    doubts = {one.criterion for one in verdicts if _is_doubted(one)}
    columns = (
        Column(Text("Criterion", "准则")),
        *(Column(MET[met], COUNT) for met in Met),
    )
    rows = (
        (told(name), *(_count(counts[name, met], name in doubts) for met in Met))
        for name in dict.fromkeys(one.criterion for one in verdicts)
    )
    return Table(
        Text("Claims by criterion and verdict", "按准则与判定统计的声明"), columns, tuple(rows)
    )


def _is_doubted(one: ClaimVerdict) -> bool:
    return one.trust == UNREAD and one.met is not Met.NOT_APPLICABLE


def _count(number: int, is_doubted: bool) -> Quantity:
    """Return a count; unverified where the criterion's wording or a rate was not read."""
    doubts: Reasons = (WORDING,) if is_doubted and number else ()
    return Quantity(number, COUNT, doubts)


def _named(opened: Sequence[ClaimVerdict], enterprises: Sequence[Enterprise]) -> Table:
    columns = (
        Column(Text("Claim", "声明")),
        Column(Text("Enterprise", "企业")),
        Column(Text("Criterion", "准则")),
        Column(Text("Verdict", "判定")),
        Column(Text("Why", "原因")),
    )
    rows = tuple(_row(one, enterprises) for one in opened[:MOST_NAMED])
    return Table(Text("Not met, or not known", "不满足或未知"), columns, rows)


def _row(one: ClaimVerdict, enterprises: Sequence[Enterprise]) -> tuple[Cell, ...]:
    of = subject(one.enterprise, enterprises)
    return one.claim, of, told(one.criterion), MET[one.met], told(one.why)


def _and_more(rest: int) -> Text:
    return Text(
        f"And {rest} more verdicts: ask for the quality of claims (claims_quality.csv).",
        f"另有 {rest} 条判定：请查询声明质量（claims_quality.csv）。",
    )
