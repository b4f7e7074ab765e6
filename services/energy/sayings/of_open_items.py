"""Open items: what the books do not know or do not believe, and what would cure it."""

from services.energy.sayings.saying import sayings

OPEN_ITEMS = sayings(
    ("park_acceptance", "园区验收"),
    ("location_based", "基于位置"),
    ("market_based", "基于市场"),
    ("product_footprint", "产品碳足迹"),
    ("cbam", "CBAM"),
    ("emission_trading", "碳市场"),
    ("battery", "电池碳足迹"),
    (
        "{names:names} unknown in {count:n} intervals: the node is not booked there",
        "{names} 在 {count} 个区间未知，该节点在这些区间未记账",
    ),
    ("what feeds it", "其供电方"),
    (
        "give the readings, or estimate them and say quality estimated",
        "请补读数，或给出估算值并标明质量为估算",
    ),
    (
        "supply less consumption is {wh:n} Wh over {count:n} intervals",
        "{count} 个区间内供电减用电为 {wh} Wh",
    ),
    (
        "look for a meter that is missing, counts the other way or has another unit",
        "请查找缺失、反向计数或单位不同的电表",
    ),
    (
        "flows between {names:names} go in a circle in {count:n} intervals: "
        "they are taken as one node",
        "{names} 之间的潮流在 {count} 个区间成环，按一个节点处理",
    ),
    (
        "states {stated:n}, what it is made of comes to {computed}",
        "所给为 {stated}，而由其各项得 {computed}",
    ),
    ("{names:names} left out of the total", "合计未含 {names}"),
    ("'including' and 'excluding' look swapped", "“含”与“不含”疑似对调"),
    ("its denominator looks like {name}", "其分母疑似 {name}"),
    (
        "have it corrected where it was published, nothing of it is repaired here",
        "请在公布处更正，本处不作修正",
    ),
    ("cannot be checked, not stated is {names:names}", "无法核对，未给出 {names}"),
    ("state what lacks", "请补充所缺"),
    (
        "correct the row of the factor file, or state only its parts",
        "请更正因子文件中的该行，或仅给出其各项数值",
    ),
    (
        "{stated} is {times} times the default {default}",
        "{stated} 为缺省值 {default} 的 {times} 倍",
    ),
    (
        "check the unit of ncv_gj_per_unit, which is GJ and not MJ",
        "请检查 ncv_gj_per_unit 的单位，应为 GJ 而非 MJ",
    ),
    ("check the direction of the flow meters", "请检查联络表的方向"),
    (
        "{wh:n} Wh of its content became unknown: {names:names} unknown in {count:n} intervals",
        "其存量中 {wh} Wh 转为来源未知：{names} 在 {count} 个区间未知",
    ),
    ("give the readings of charge and discharge", "请补充充电与放电读数"),
    (
        "gave {wh:n} Wh beyond what was charged, of unknown origin ({count:n} intervals)",
        "放出超过充入 {wh} Wh，来源未知（{count} 个区间）",
    ),
    (
        "check its round-trip efficiency and what it held at the start",
        "请检查其往返效率与期初存量",
    ),
    ("held {wh:n} Wh of unknown origin at the start", "期初存有来源未知的 {wh} Wh"),
    ("book from a day on which its content is known", "请自存量已知之日起记账"),
    (
        "unknown in {count:n} intervals: nothing is booked there",
        "{count} 个区间未知，这些区间未记账",
    ),
    ("its balance goes on until {day:n}: no leak is booked", "其平衡期至 {day} 止，尚未记泄漏量"),
    ("its balance was until {day:n}: no leak is booked", "其平衡期已于 {day} 止，未记泄漏量"),
    ("give readings up to then", "请补读数至该日"),
    ("these end at {moment:n}", "现有读数止于 {moment}"),
    ("book its year", "请记其所在年度"),
    ("these readings begin at {moment:n}", "现有读数始于 {moment}"),
    ("nothing of it is booked until then", "在此之前均不记账"),
    ("nothing of it is in this ledger", "该台账不含此项"),
    ("a row in --factors books it", "在 --factors 文件中加一行即可记账"),
    ("in no total", "不计入任何合计"),
    ("without a coal equivalent there is no comprehensive energy", "没有折标系数则无综合能耗"),
    (
        "give ncv_gj_per_unit of the stream, or a row coal-equivalent:{carrier:word} in --factors",
        "请给出该物料流的 ncv_gj_per_unit，或在 --factors 文件中加一行 coal-equivalent:{carrier}",
    ),
    ("correct the part that is wrong", "请更正有误的部分"),
    ("correct the stream that is wrong", "请更正有误的物料流"),
    (
        "part of its electricity is not booked: a reading that its node needs is unknown",
        "其部分用电未记账：其节点所需的读数未知",
    ),
    (
        "give the reading where it is your own, else ask the park for it",
        "属本企业的读数请补充，否则请向园区索取",
    ),
    (
        "covers {wh:n} Wh of {enterprise} more than it took from the grid",
        "覆盖 {enterprise} 的电量比其下网电量多 {wh} Wh",
    ),
    ("nothing to do: the next matching takes it elsewhere", "无需处理：下次匹配将用于别处"),
    ("look at the readings if it stays", "若仍存在请检查读数"),
    ("{certificate} claims {wh:n} Wh that nobody used", "{certificate} 声明了无人使用的 {wh} Wh"),
    (
        "no factor for ledger {ledger:said}, quantity {quantity:word}, region {region:word} "
        "on {day:n}",
        "{ledger}台账在 {day} 没有 {quantity}（地区 {region}）的因子",
    ),
    ("there are {names:names}", "现有 {names}"),
    (
        "add a row to a factor file or let the park declare which year stands in",
        "请在因子文件中加一行，或由园区声明以哪一年代替",
    ),
    ("ledger {ledger:said}, {quantity:said}", "{ledger}台账，{quantity}"),
    ("upstream of {substance}", "{substance} 的上游"),
    ("{kind} power", "{kind} 电力"),
    (
        "{gas} balance of {asset} is {leaked:n} g ({parts}): more is there than came",
        "{asset} 的 {gas} 平衡为 {leaked} g（{parts}）：存量多于流入",
    ),
    (
        "carbon balance of {plant} is {total:n} ng CO2 ({parts}): more leaves than came",
        "{plant} 的碳平衡为 {total} ng CO2（{parts}）：流出多于流入",
    ),
    (
        "the month is closed: totals are those it was closed with, a restatement waits",
        "该月已关账：合计为关账时数值，有重述待审",
    ),
    ("approve or reject the restatement", "请批准或驳回该重述"),
    (
        "certificates cover grid power of the period",
        "本期下网电量有凭证覆盖",
    ),
    ("the scores by hour are not in this report", "本报告不含逐时得分"),
    ("ask for the matching", "请查询匹配结果"),
    ("state it in accounting.prices or --prices", "请在 accounting.prices 或 --prices 中给出"),
    ("its cost is unknown until then", "在此之前其成本未知"),
    (
        "give readings of the whole month: a month is charged once it is whole",
        "请提供整月的读数：月份完整后才计费",
    ),
    ("{month} is not whole: it is not charged yet", "{month} 不完整：尚未计费"),
    (
        "{amount:n} {unit:word} in {count:n} intervals of {month} have no price",
        "{month} 有 {count} 个时段的 {amount} {unit} 没有价格",
    ),
    ("ask the park to state it", "请园区给出"),
    ("the cost is unknown until then", "在此之前成本未知"),
    (
        "what went where nothing is traced, as a reading is unknown",
        "有读数未知，去向未能追踪的部分",
    ),
)
