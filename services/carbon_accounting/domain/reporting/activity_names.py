"""What activities, origins and substances of the books are called in both languages."""

from services.energy.site import Text

ELECTRICITY = "electricity"
BIOGENIC = "biogenic"
STEAM = "steam"
DIRECT_LINE = "direct-line-"
ACTIVITIES = {
    "electricity-use": Text("Electricity used", "用电"),
    "storage-loss": Text("Storage losses", "储能损耗"),
    "unaccounted-load": Text("Load without a meter", "无计量负荷"),
    "combustion": Text("Combustion", "燃料燃烧"),
    "process": Text("Industrial process", "工业过程"),
    "purchased_heat": Text("Purchased heat", "外购热力"),
    "capture": Text("Capture of CO2", "二氧化碳捕集"),
    "leakage": Text("Leakage", "逸散"),
}
ORIGINS = {
    "grid": Text("grid", "电网"),
    "pv": Text("PV", "光伏"),
    "wind": Text("wind", "风电"),
    "hydro": Text("hydro", "水电"),
    "biomass": Text("biomass", "生物质发电"),
    "chp": Text("CHP", "热电联产"),
    "fossil": Text("own fossil plant", "自备化石燃料电厂"),
    "unknown": Text("store content of unknown origin", "储能来源不明电量"),
    "unaccounted": Text("without a metered supply", "无计量来源"),
    "certificate": Text("grid, under certificates", "电网（证书覆盖）"),
}
SUBSTANCES = {
    "natural-gas": Text("natural gas", "天然气"),
    "anthracite": Text("anthracite", "无烟煤"),
    "bituminous-coal": Text("bituminous coal", "烟煤"),
    "sub-bituminous-coal": Text("sub-bituminous coal", "次烟煤"),
    "lignite": Text("lignite", "褐煤"),
    "coking-coal": Text("coking coal", "炼焦煤"),
    "coke": Text("coke", "焦炭"),
    "petroleum-coke": Text("petroleum coke", "石油焦"),
    "diesel": Text("diesel", "柴油"),
    "gasoline": Text("gasoline", "汽油"),
    "fuel-oil": Text("fuel oil", "燃料油"),
    "lpg": Text("LPG", "液化石油气"),
    "methane": Text("methane", "甲烷"),
    "coke-oven-gas": Text("coke oven gas", "焦炉煤气"),
    "blast-furnace-gas": Text("blast furnace gas", "高炉煤气"),
    "converter-gas": Text("converter gas", "转炉煤气"),
    "wood": Text("wood", "木材"),
    "captured-co2": Text("CO2", "二氧化碳"),
    "heat": Text("heat", "热力"),
}


def origin_name(kind: str) -> Text:
    """Return what a kind of origin is called; its id where it has no name."""
    if kind.startswith(DIRECT_LINE):
        of = origin_name(kind.removeprefix(DIRECT_LINE))
        return Text(f"direct line, {of.en}", f"直连专线{of.zh}")
    return ORIGINS.get(kind, Text(kind, kind))


def steam_name(carrier: str) -> Text:
    """Return what steam of an enthalpy in kJ/kg is called; another id has no name."""
    kind, _, enthalpy = carrier.partition("-")
    if kind != STEAM or not enthalpy.isdecimal():
        return Text(carrier, carrier)
    return Text(f"steam of {enthalpy} kJ/kg", f"蒸汽（{enthalpy} kJ/kg）")


def activity_name(category: str, activity: str, carrier: str, origin: str) -> Text:
    """Return what a line of the totals is called, with its origin or substance."""
    name = ACTIVITIES.get(activity, Text(activity, activity))
    if category == BIOGENIC:
        name = Text(f"{name.en}, biogenic", f"{name.zh}（生物源）")
    of = origin_name(origin) if carrier == ELECTRICITY else SUBSTANCES.get(carrier)
    of = of or steam_name(carrier)
    return Text(f"{name.en}: {of.en}", f"{name.zh}：{of.zh}")
