"""Why numbers are unverified: flags of the rules, stand-ins, what was not read (rules H.6)."""

from services.energy.sayings.saying import sayings

DOUBTS = sayings(
    ("factor of {year} stands in for {other:n}", "以 {year} 年因子代替 {other} 年"),
    ("rate of {certificate} is flagged {flag:word}", "{certificate} 的排放率标记为 {flag}"),
    (
        "certificates bought apart count here by the park's choice: annex 4 is open (GAP)",
        "单独购买的绿证按园区选择计入：附件4未明确（GAP）",
    ),
    ("the target of {indicator}", "{indicator} 的目标值"),
    ("is flagged {flag:word}", "标记为 {flag}"),
    ("{name} is flagged {flag:word}", "{name} 标记为 {flag}"),
    (
        "no price for {amount:n} {unit:word}: what they cost is unknown",
        "{amount} {unit} 没有价格：其成本未知",
    ),
    (
        "{amount:n} {unit:word} out of stores are of unknown origin and have the price of the grid",
        "储能放出的 {amount} {unit} 来源不明，按电网电价计",
    ),
    ("{count:n} intervals are unknown and not in it", "{count} 个时段未知，未计入"),
    ("known but not read in any text (M)", "已知但未读到原文（M）"),
    ("a gap in the rules (GAP)", "规则缺口（GAP）"),
    (
        "emission_trading: gases and scopes by sector are known but not read (M)",
        "碳市场：分行业的气体与范围已知但未读到原文（M）",
    ),
    (
        "exported power and heat: annex 4's terms were not read (A.2, GAP)",
        "外送电力与热力：附件4的条款未读到（A.2，GAP）",
    ),
    (
        "CH4 and N2O of combustion: no factor in the rules (GAP)",
        "燃烧的 CH4 与 N2O：规则中没有因子（GAP）",
    ),
    (
        "life-cycle factors of fuels, coal, gas, hydro and nuclear power (C.5, GAP)",
        "燃料及煤电、气电、水电、核电的生命周期因子（C.5，GAP）",
    ),
    (
        "factors from 2026 on and of grid power: annexes not read (E.4.2, GAP)",
        "2026年起的因子及网电因子：附件未读到（E.4.2，GAP）",
    ),
    (
        "rules for electricity and life-cycle factors (E.3, GAP)",
        "电力规则与生命周期因子（E.3，GAP）",
    ),
    (
        "life-cycle factors of power by hydro, coal and gas were not read (C.5, GAP)",
        "水电、煤电、气电的生命周期因子未读到（C.5，GAP）",
    ),
    (
        "no life-cycle factor of heat in the rules ({rule:word}, GAP)",
        "规则中没有热力的生命周期因子（{rule}，GAP）",
    ),
    (
        "the default factor of grid power stands in annexes that were not read (E.4.2, GAP)",
        "网电的默认因子所在附件未读到（E.4.2，GAP）",
    ),
    (
        "of imported heat only the method is known, a boiler of 90 % (E.4.1, GAP)",
        "外购热力仅知方法：按效率90 %的锅炉（E.4.1，GAP）",
    ),
    (
        "biomass is zero only where it is sustainable, which nobody states (C.3)",
        "生物质仅在可持续时为零，而无人声明其可持续（C.3）",
    ),
    ("the rules for electricity were not read (E.3, GAP)", "电力规则未读到（E.3，GAP）"),
    ("the annex states this gas by mass", "附件按质量给出该气体"),
    ("measure its heat (ncv_gj_per_unit)", "请测量其热值（ncv_gj_per_unit）"),
    (
        "its own CO2 alone is booked, what was emitted to bring it has no factor (C.5, GAP)",
        "仅记其自身 CO2，上游排放没有因子（C.5，GAP）",
    ),
    (
        "nothing is reported of days before {day:n} (IR (EU) 2023/1773)",
        "{day} 之前不作报告（IR (EU) 2023/1773）",
    ),
    (
        "the annexes from {day:n} on were not read (E.4.2, GAP)",
        "{day} 起的附件未读到（E.4.2，GAP）",
    ),
    ("its Wh are assumed to be net (lower) heat", "其 Wh 假定为净热量（低位）"),
    (
        "states {stated:n} {unit:word}, but NCV x CC x OF x 44/12 of its parts is {made:n}",
        "给出 {stated} {unit}，而由其各项 NCV x CC x OF x 44/12 得 {made}",
    ),
    ("the parts are used, correct the row", "采用各项数值，请更正该行"),
    ("{name} is not known in every interval", "{name} 并非每个区间都已知"),
    ("the park ledger is not booked", "园区台账未入账"),
    (
        "electricity: nothing of it is known in this interval",
        "电力：该时段内一无所知",
    ),
    (
        "the ledger is incomplete: factors are missing (open items)",
        "台账不完整：缺少因子（见未结事项）",
    ),
    (
        "the ledger is incomplete: readings are unknown (open items)",
        "台账不完整：部分读数未知（见未结事项）",
    ),
    ("its energy is not known in every interval", "其能耗并非每个区间都已知"),
    ("is not known in every interval", "并非每个区间都已知"),
    (
        "the year is reckoned from {days:n} days of readings",
        "全年数按 {days} 天的读数推算",
    ),
    (
        "{enterprise} shares by output over its products (E.1: the order of allocation is M)",
        "{enterprise} 按产量在其产品间分摊（E.1：分配次序为 M）",
    ),
    # of the factor files
    (
        "that a plant in the park or at the end of a direct line is a direct technical link "
        "is our reading",
        "园区内或专线另一端的电厂视为直接技术连接，是我们的理解",
    ),
    (
        "published range {low:n} to {high:n} kgce/m3",
        "公布范围为 {low} 至 {high} kgce/m3",
    ),
    ("measure the NCV and divide by 29.3076 MJ/kgce", "请测量 NCV 并除以 29.3076 MJ/kgce"),
    ("the m3 of the yearbook is read as Nm3", "年鉴中的 m3 按 Nm3 理解"),
    (
        "carbon content {ours:n} tC/GJ conflicts with the usual guideline value {usual:n} tC/GJ",
        "含碳量 {ours} tC/GJ 与指南常用值 {usual} tC/GJ 不一致",
    ),
    (
        "the fuel's own CO2 alone: what was emitted to bring it has no factor in the rules "
        "(C.5, GAP)",
        "仅含燃料自身 CO2：上游排放在规则中没有因子（C.5，GAP）",
    ),
    (
        "what was emitted to bring the material has no factor in the rules (C.5, GAP)",
        "该物料的上游排放在规则中没有因子（C.5，GAP）",
    ),
    ("stoichiometric value as in the EU's annex", "化学计量值，同欧盟附件"),
    ("China's guideline was not read", "中国指南未读到"),
    (
        "whether and how far capture may be deducted in this ledger was not read",
        "该台账能否及在多大程度上扣减捕集量，未读到规定",
    ),
)
