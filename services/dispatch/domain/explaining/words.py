"""The words of explanations: what columns, rows and courses are called in English and Chinese.

Where devices of one kind need a word of their own, the name stands after the kind (`Unit.least`).
"""

import re
from typing import NamedTuple, TypeVar

from services.dispatch.domain.park.network import Carrier


class Word(NamedTuple):
    """A thing in both languages."""

    en: str
    zh: str


Words = TypeVar("Words")


ACTIONS: dict[str, Word] = {
    "charge": Word("charging", "充电"),
    "discharge": Word("discharging", "放电"),
    "import": Word("import", "购电"),
    "export": Word("feed-in", "上网"),
    "curtailed": Word("curtailment", "弃电"),
    "shed": Word("shedding", "削减负荷"),
    "Supply.power": Word("supply", "供应"),
    "Sink.power": Word("delivery", "外送"),
    "WorkQueue.power": Word("power for work", "任务功率"),
    "taken": Word("contract energy", "合同绿电"),
    "input": Word("input", "输入功率"),
    "flow": Word("flow forward", "正向潮流"),
    "forward": Word("flow forward", "正向潮流"),
    "back": Word("flow back", "反向潮流"),
}
"""Columns that are powers of a step, kW; below 0 they are those of `BACKWARDS`."""

BACKWARDS: dict[str, Word] = {"flow": ACTIONS["back"]}

SWITCHES: dict[str, tuple[Word, Word]] = {
    "Unit.on": (Word("being on", "开机"), Word("not being on", "不开机")),
    "standby": (Word("standby", "待机"), Word("no standby", "不待机")),
    "off": (Word("interruption", "中断供电"), Word("no interruption", "不中断供电")),
}
"""Columns that are yes or no: what they are called where they are not so yet, and where they are.
Those of processes are told as another beginning."""

LEVELS: dict[str, Word] = {"level": Word("stored energy", "储能电量")}
"""Columns that are energies at the end of a step, kWh."""

ROWS: dict[str, tuple[Word, str]] = {
    "peak": (Word("highest mean import of this billing period", "本计费周期最大需量"), "kW"),
    "next_peak": (
        Word("highest mean import of the next billing period", "下一计费周期最大需量"),
        "kW",
    ),
    "excess": (Word("contracted capacity", "合同容量"), "kW"),
    "next_excess": (
        Word("contracted capacity in the next billing period", "下一计费周期合同容量"),
        "kW",
    ),
    "headroom": (Word("room kept below the import limit", "购电上限下的预留空间"), "kWh"),
    "cluster": (Word("limit of the cluster", "充电群总功率上限"), "kWh"),
    "contracts": (Word("contract energy is imported energy", "合同电量不超过购电量"), "kWh"),
    "hour": (Word("contract energy of the hour", "合同小时电量"), "kWh once"),
    "take_or_pay": (Word("energy to be paid in any case", "照付不议电量"), "kWh once"),
    "cycles": (Word("cycles allowed over the horizon", "循环次数上限"), "kWh once"),
    "target": (Word("wanted level", "目标电量"), "kWh once"),
    "hedge": (Word("energy held for what is not foreseen", "为预测偏差预留的电量"), "kWh once"),
    "held": (Word("level that is free to hold", "免费持有电量"), "kWh once"),
    "charge_line": (Word("charging power at this level", "当前电量下的充电功率"), "kWh"),
    "charge_line_after": (Word("charging power at this level", "当前电量下的充电功率"), "kWh"),
    "discharge_line": (Word("discharging power at this level", "当前电量下的放电功率"), "kWh"),
    "discharge_line_after": (
        Word("discharging power at this level", "当前电量下的放电功率"),
        "kWh",
    ),
    "wanted": (Word("energy the vehicle wants", "车辆所需电量"), "kWh once"),
    "room": (Word("what the vehicle's battery holds", "车辆电池容量"), "kWh once"),
    "below": (Word("lowest level", "电量下限"), "kWh once"),
    "above": (Word("highest level", "电量上限"), "kWh once"),
    "Unit.least": (Word("least power while on", "开机最小功率"), "kWh"),
    "WorkQueue.least": (Word("least power while work waits", "有待处理任务时的最小功率"), "kWh"),
    "rise": (Word("ramp upwards", "升负荷速率"), "kWh"),
    "fall": (Word("ramp downwards", "降负荷速率"), "kWh"),
    "first_rise": (Word("ramp upwards", "升负荷速率"), "kWh"),
    "first_fall": (Word("ramp downwards", "降负荷速率"), "kWh"),
    "late": (Word("work that is due", "到期任务"), "kWh once"),
    "left": (
        Word("work that may be left below the least power", "低于最小功率时可留存的任务"),
        "kWh once",
    ),
    "reserve": (Word("reserve for critical loads", "关键负荷备用"), "kWh once"),
    "feed_in_share": (Word("feed-in share of generation", "上网电量比例上限"), "kWh once"),
    "self_use_share": (Word("self-use share of generation", "自发自用比例下限"), "kWh once"),
    "load_share": (Word("own share of load", "绿电占负荷比例下限"), "kWh once"),
    "caps": (Word("carbon cap", "碳排放上限"), "kg"),
}
"""Rows that are limits, and what their room is counted in; `kWh` over the step's length."""

AS_BOUNDS = frozenset(
    {"forward", "back", "Unit.most", "charge_idle", "discharge_idle", "way", "full", "piece"}
)
"""Rows that bound one column alone: told as the limit of that."""

STATES: dict[str, tuple[Word, str]] = {
    "Unit.least_on": (Word("shortest time on", "最短运行时间"), "h"),
    "Unit.least_off": (Word("shortest time off", "最短停机时间"), "h"),
    "Unit.most_starts": (Word("starts allowed", "启动次数上限"), "start"),
    "Unit.most_starts_per_day": (Word("starts allowed a day", "每日启动次数上限"), "start"),
    "Load.least": (Word("shortest interruption", "最短中断时间"), "h"),
    "Load.most": (Word("longest interruption", "最长中断时间"), "h"),
    "Load.starts": (Word("interruptions allowed", "中断次数上限"), "interruption"),
    "Load.most_starts_per_day": (
        Word("interruptions allowed a day", "每日中断次数上限"),
        "interruption",
    ),
}
"""Rows that rule whole numbers: their duals say nothing, so what they cost is reckoned by step."""

NO_LIMITS = frozenset(
    {
        *("balance", "level", "backlog", "begun", "run_h", "kg", "pieces", "loop", "moved"),
        *("change", "one_state", "warm", "warm_start", "committed", "decided"),
        *("Load.start", "on_since", "off_before"),
        *("Process.start", "Process.starts", "Process.least", "runs", "due", "enough", "after"),
    }
)
"""Rows that say what something is, or which whole numbers go together; told by their effects."""

UNTOLD = frozenset(
    {
        *("over_import", "over_export", "over_forward", "over_back", "unserved", "surplus"),
        *("unused", "outside", "unmet", "moved_up", "moved_down", "take_or_pay_unused", "kg"),
        *(
            "peak",
            "next_peak",
            "excess",
            "next_excess",
            "headroom",
            "target",
            "hedge",
            "held",
            "late",
            "reserve",
        ),
        *("feed_in_share", "self_use_share", "load_share", "caps", "committed", "missed"),
        *("start", "stop", "warm", "begun", "run_h", "busy", "backlog", "piece", "way", "full"),
        *("charge_idle", "discharge_idle", "Process.on"),
    }
)
"""Columns that follow from others, or by which a limit with words is broken or paid for."""

DOES: dict[str, tuple[str, str]] = {
    "charge_kw": ("charges {:.1f} kW", "充电 {:.1f} kW"),
    "discharge_kw": ("discharges {:.1f} kW", "放电 {:.1f} kW"),
    "level_kwh": ("ends the step with {:.1f} kWh", "期末电量 {:.1f} kWh"),
    "import_kw": ("imports {:.1f} kW", "购电 {:.1f} kW"),
    "export_kw": ("feeds in {:.1f} kW", "上网 {:.1f} kW"),
    "Load.power_kw": ("draws {:.1f} kW", "用能 {:.1f} kW"),
    "Production.power_kw": ("gives {:.1f} kW", "出力 {:.1f} kW"),
    "Supply.power_kw": ("gives {:.1f} kW", "供应 {:.1f} kW"),
    "Sink.power_kw": ("takes off {:.1f} kW", "外送 {:.1f} kW"),
    "WorkQueue.power_kw": ("works at {:.1f} kW", "任务功率 {:.1f} kW"),
    "Process.power_kw": ("draws {:.1f} kW from {}", "从 {1} 节点用能 {0:.1f} kW"),
    "taken_kw": ("delivers {:.1f} kW", "交付 {:.1f} kW"),
    "input_kw": ("takes in {:.1f} kW", "输入 {:.1f} kW"),
    "output_kw": ("gives {:.1f} kW to {}", "向 {1} 节点输出 {0:.1f} kW"),
    "flow_kw": ("carries {:.1f} kW forward", "正向输送 {:.1f} kW"),
    "backlog_kwh": ("leaves {:.1f} kWh waiting", "待处理 {:.1f} kWh"),
    "late_kwh": ("is late with {:.1f} kWh", "逾期 {:.1f} kWh"),
    "standby": ("is on standby", "待机"),
    "off": ("is interrupted", "中断供电"),
}
"""What a device does by each course; the second blank is the node that a course names."""

CARRIER_UNITS: dict[Carrier, tuple[str, str]] = {
    Carrier.WATER: ("m³/h", "m³"),
    Carrier.CARBON: ("kg/h", "kg"),
}
"""What powers and energies of carriers are counted in that are not counted in kW and kWh."""

REVERSED: dict[str, tuple[str, str]] = {
    "Load.power_kw": ("gives {:.1f} kW", "输出 {:.1f} kW"),
    "Process.power_kw": ("gives {:.1f} kW to {}", "向 {1} 节点输出 {0:.1f} kW"),
    "output_kw": ("takes {:.1f} kW from {}", "从 {1} 节点吸收 {0:.1f} kW"),
    "flow_kw": ("carries {:.1f} kW back", "反向输送 {:.1f} kW"),
}
"""What a device does where such a course is below 0, as a magnitude."""

UNSAID = frozenset({"on", "arriving_kw"})
"""Courses that say no more than others do."""


def in_units_of(carrier: Carrier, said: str) -> str:
    """Return words of powers and energies in the units of a carrier."""
    if carrier not in CARRIER_UNITS:
        return said
    power, energy = CARRIER_UNITS[carrier]
    return re.sub(r"\bkWh\b", energy, re.sub(r"\bkW\b", power, said))


def word_of(words: dict[str, Words], kind: str, name: str) -> Words | None:
    """Return the word for a name, of a kind of device or of all; None: not worth saying."""
    base = name.partition("[")[0]
    return words.get(f"{kind}.{base}") or words.get(base)


def does(kind: str, course: str, value: float) -> Word | None:
    """Return what a device of a kind does by a course; None for what is not worth saying."""
    name, _, node = course.partition(".")
    words = word_of(REVERSED if value < 0 else DOES, kind, name)
    return None if words is None else Word(*(said.format(abs(value), node) for said in words))
