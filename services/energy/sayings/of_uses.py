"""What a month took: costs, other resources, the energy audit; what each lacks and its cure.

They come before all others: `4 Wh of its own …` would be read as another sentence's amount.
"""

from services.energy.sayings.saying import sayings

USES = sayings(
    (
        "{amount:n} {unit:word} of its own in {month} have no price",
        "{month} 自有的 {amount} {unit} 没有价格",
    ),
    (
        "accounting.prices: the park file states no price, so no cost is known",
        "accounting.prices：园区文件未给出任何价格，因此成本未知",
    ),
    ("state them", "请给出价格"),
    # resources
    ("nothing of these days is booked", "这些日期没有任何记账"),
    (
        "the park file names no meter of water, waste, heat, cold or pressure",
        "园区文件未列出水、固废、热、冷或压力的计量表",
    ),
    (
        "declare streams with `activity: resource` in `accounting.streams`",
        "请在 `accounting.streams` 中声明 `activity: resource` 的物料流",
    ),
    ("nobody has a resource left over that somebody needs", "没有可供他方使用的富余资源"),
    (
        "give streams of heat, cold or water a `temperature_c` or `quality_class` in "
        "`accounting.streams`",
        "请在 `accounting.streams` 中为热、冷或水的物料流给出 `temperature_c` 或 `quality_class`",
    ),
    # the audit
    ("nothing of these months is booked", "这些月份没有任何记账"),
    ("there is no balance and no energy to show", "没有平衡与能耗可以显示"),
    (
        "the park file declares no product, so no energy of a unit of product can be shown",
        "园区文件未声明产品，因此无法显示单位产品能耗",
    ),
    (
        "declare `accounting.products`, and tell by PutProduction what was made",
        "请声明 `accounting.products`，并用 PutProduction 报告产量",
    ),
    (
        "not every meter says how it is read, so no share of meters is shown",
        "并非每块计量表都注明采集方式，因此不显示自动采集率",
    ),
    (
        "write `collection: automatic` or `by_hand` in `accounting` or at the meter",
        "请在 `accounting` 或该表处写明 `collection: automatic` 或 `by_hand`",
    ),
    ("the park file names no standard for its limit", "园区文件未注明其限额所依据的标准"),
    ("not known: {names:names}", "未知：{names}"),
    ("stock of {store}", "{store} 的存量"),
    ("what leaves (no meter)", "流出量（无计量表）"),
    (
        "{amount:n} {unit:word} left unmetered, {allowed:n} {unit_again:word} allowed",
        "{amount} {unit} 流出未计量，允许 {allowed} {unit}",
    ),
    (
        "{amount:n} {unit:word} came in unmetered, {allowed:n} {unit_again:word} allowed",
        "{amount} {unit} 流入未计量，允许 {allowed} {unit}",
    ),
    ("its energy is not known", "其能耗未知"),
    ("its output is not known", "其产量未知"),
    ("none was made", "没有产量"),
    ("no mandatory energy-quota standard: explain", "没有强制性能耗限额标准：请说明"),
    # refusals
    (
        "{call:word} shows the whole park: it is for operators, {caller:word} is none",
        "{call} 显示整个园区，仅供运营方使用，{caller} 不是运营方",
    ),
)
