"""What an auditor follows in written books: open items, heads of chains, files that were read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.report_lines import LEDGERS
from services.carbon_accounting.book.report_source import ReportSource
from services.carbon_accounting.book.written_books import CHAIN, Row
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import ChainHead, InputFile, OpenItem
from services.energy.site import Text

KINDS = {
    "unknown-reading": Text("unknown reading", "读数未知"),
    "missing-factor": Text("missing factor", "缺少因子"),
    "unverified": Text("unverified", "未核实"),
    "does-not-close": Text("does not close", "不平衡"),
    "contradiction": Text("contradiction", "矛盾"),
    "certificate": Text("certificate", "证书"),
    "missing-price": Text("missing price", "缺少价格"),
    "unfinished": Text("unfinished", "未到期"),
    "not-covered": Text("not covered", "规则未覆盖"),
    "store": Text("store", "储能"),
    "other": Text("other", "其他"),
}
ROLES = {
    "park": "园区文件",
    "readings": "读数",
    "factors": "因子",
    "certificates": "凭证",
    "production": "产量",
    "forecast": "预测",
    "stated": "已公布数字",
}
ALWAYS = Text("not of one time", "不限时段")


def park_items(books: ReportSource, period: Period) -> Iterator[OpenItem]:
    """Yield the park's open items of a period, with the enterprise where it is of one alone."""
    whose: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in books.table("open_items_by_enterprise.csv"):
        whose[_words(row)].add(row["enterprise"])
    for row in books.table("open_items.csv"):
        owners = whose[_words(row)]
        yield from _item(row, owners.pop() if len(owners) == 1 else None, books.zone, period)


def own_items(books: ReportSource, period: Period, enterprise: str) -> Iterator[OpenItem]:
    """Yield an enterprise's own open items of a period."""
    for row in books.table("open_items_by_enterprise.csv"):
        if row["enterprise"] == enterprise:
            yield from _item(row, enterprise, books.zone, period)


def _item(row: Row, enterprise: str | None, zone: ZoneInfo, period: Period) -> Iterator[OpenItem]:
    """Yield an item that concerns the period; one without dates concerns every one."""
    times = [_local(row[name], zone) for name in ("start", "end") if row[name]]
    months = [Month(at.year, at.month) for at in times]
    if months and (months[-1] < period.first or period.last < months[0]):
        return
    kind = KINDS.get(row["kind"], Text(row["kind"], row["kind"]))
    when = " – ".join(f"{at:%Y-%m-%d %H:%M}" for at in times) or ALWAYS
    yield OpenItem(kind, row["subject"], when, enterprise, None, row["what"], row["cure"])


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(zone)


def _words(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("kind", "subject", "start", "end", "what"))


def chain_heads(books: ReportSource, period: Period) -> Iterator[ChainHead]:
    """Yield the head of each ledger's chain at the end of each month."""
    for row in books.table(CHAIN):
        if (month := Month.read(row["month"])) in period:
            ledger, postings = LEDGERS[row["ledger"]], row.get("postings")
            linked = int(postings) if postings else None
            yield ChainHead(month, int(row["entries"]), row["link"], ledger, linked)


def name_of_file(file: Mapping[str, object]) -> Text:
    """Return what a file that was read is called, with what it is for."""
    role, name = str(file["role"]), file["name"]
    return Text(f"{role}: {name}", f"{ROLES.get(role, role)}：{name}")


def files_read(files: Iterable[dict[str, str | int | None]]) -> Iterator[InputFile]:
    """Yield the files that the books rest on."""
    for file in files:
        rows = file.get("rows")
        yield InputFile(
            name_of_file(file), str(file["sha256"]), None if rows is None else int(rows)
        )
