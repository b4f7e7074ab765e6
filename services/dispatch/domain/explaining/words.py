"""The words of explanations: what columns, rows and courses are called in English and Chinese."""

from typing import NamedTuple


class Word(NamedTuple):
    """A thing in both languages."""

    en: str
    zh: str


ACTIONS: dict[str, Word] = {
    "charge": Word("charging", "充电"),
    "discharge": Word("discharging", "放电"),
    "import": Word("import", "购电"),
    "export": Word("feed-in", "上网"),
    "curtailed": Word("curtailment", "弃电"),
    "shed": Word("shedding", "削减负荷"),
    "power": Word("power", "功率"),
    "taken": Word("contract energy", "合同绿电"),
    "input": Word("input", "输入功率"),
    "forward": Word("flow forward", "正向潮流"),
    "back": Word("flow back", "反向潮流"),
}
"""Columns that are powers of a step, kW."""

SWITCHES: dict[str, Word] = {
    "on": Word("being on", "开机"),
    "standby": Word("standby", "待机"),
    "off": Word("interruption", "中断供电"),
}
"""Columns that are yes or no."""

LEVELS: dict[str, Word] = {"level": Word("stored energy", "储能电量")}
"""Columns that are energies at the end of a step, kWh."""

ROWS: dict[str, tuple[Word, str]] = {
    "peak": (Word("highest mean import of this billing period", "本计费周期最大需量"), "kW"),
    "next_peak": (
        Word("highest mean import of the next billing period", "下一计费周期最大需量"),
        "kW",
    ),
    "excess": (Word("contracted capacity", "合同容量"), "kW"),
    "headroom": (Word("room kept below the import limit", "购电上限下的预留空间"), "kWh"),
    "cluster": (Word("limit of the cluster", "充电群总功率上限"), "kWh"),
    "contracts": (Word("contract energy is imported energy", "合同电量不超过购电量"), "kWh"),
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
    "least": (Word("least power while on", "开机最小功率"), "kWh"),
    "most": (Word("largest power while on", "开机最大功率"), "kWh"),
    "rise": (Word("ramp upwards", "升负荷速率"), "kWh"),
    "fall": (Word("ramp downwards", "降负荷速率"), "kWh"),
    "first_rise": (Word("ramp upwards", "升负荷速率"), "kWh"),
    "first_fall": (Word("ramp downwards", "降负荷速率"), "kWh"),
    "least_on": (Word("shortest time on", "最短运行时间"), "start"),
    "least_off": (Word("shortest time off", "最短停机时间"), "start"),
    "most_starts": (Word("starts allowed", "启动次数上限"), "start"),
    "most_starts_per_day": (Word("starts allowed a day", "每日启动次数上限"), "start"),
    "late": (Word("work that is due", "到期任务"), "kWh once"),
    "left": (Word("work that is there", "待处理任务"), "kWh once"),
    "reserve": (Word("reserve for critical loads", "关键负荷备用"), "kWh once"),
    "feed_in_share": (Word("feed-in share of generation", "上网电量比例上限"), "kWh once"),
    "self_use_share": (Word("self-use share of generation", "自发自用比例下限"), "kWh once"),
    "load_share": (Word("own share of load", "绿电占负荷比例下限"), "kWh once"),
}
"""Rows that are limits, and what their room is counted in; `kWh` over the step's length."""

DOES: dict[str, tuple[str, str]] = {
    "charge_kw": ("charges {:.1f} kW", "充电 {:.1f} kW"),
    "discharge_kw": ("discharges {:.1f} kW", "放电 {:.1f} kW"),
    "level_kwh": ("ends the step with {:.1f} kWh", "期末电量 {:.1f} kWh"),
    "import_kw": ("imports {:.1f} kW", "购电 {:.1f} kW"),
    "export_kw": ("feeds in {:.1f} kW", "上网 {:.1f} kW"),
    "power_kw": ("runs at {:.1f} kW", "功率 {:.1f} kW"),
    "Load.power_kw": ("draws {:.1f} kW", "用能 {:.1f} kW"),
    "Production.power_kw": ("gives {:.1f} kW", "出力 {:.1f} kW"),
    "Supply.power_kw": ("gives {:.1f} kW", "供应 {:.1f} kW"),
    "Sink.power_kw": ("takes off {:.1f} kW", "外送 {:.1f} kW"),
    "taken_kw": ("delivers {:.1f} kW", "交付 {:.1f} kW"),
    "input_kw": ("takes in {:.1f} kW", "输入 {:.1f} kW"),
    "flow_kw": ("carries {:.1f} kW", "输送 {:.1f} kW"),
    "backlog_kwh": ("leaves {:.1f} kWh waiting", "待处理 {:.1f} kWh"),
    "late_kwh": ("is late with {:.1f} kWh", "逾期 {:.1f} kWh"),
}


def does_word(kind: str, course: str) -> tuple[str, str] | None:
    """Return what a device of a kind does by a course; None for what is not worth saying."""
    return DOES.get(f"{kind}.{course}") or DOES.get(course)


def row_word(what: str) -> tuple[Word, str] | None:
    """Return what a row is called and what its room is counted in; None: no limit of the park's."""
    return ROWS.get(what.partition("[")[0])
