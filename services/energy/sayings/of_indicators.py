"""Indicators: why there is no value or no target, and what is to be confirmed."""

from services.energy.sayings.saying import sayings

INDICATORS = sayings(
    ("{name} is missing", "缺少 {name}"),
    ("{part} is 0: nothing can be divided by it", "{part} 为 0，不能作除数"),
    ("no target is set", "未设目标"),
    ("no target was found for a park of this size", "未找到该规模园区的目标值"),
    ("the first target holds from {year:n}", "首个目标自 {year} 年起适用"),
    ("its amount is not known", "其数量未知"),
    ("no coefficient for {carrier:word}", "{carrier} 没有折标系数"),
    ("add it with its source", "请连同来源补充"),
    ("what was made of {names:names} is not known", "{names} 的产量未知"),
    (
        "its enterprise counts products in {units:names}: no common measure",
        "其企业的产品以 {units} 计量，没有共同的量纲",
    ),
    ("none of {names:names} was made", "{names} 均无产量"),
    (
        "energy of {names:names}: told by the indicators of months",
        "{names} 的能耗：见逐月指标",
    ),
    (
        "annual comprehensive energy of the park (carbon.annual_energy_tce)",
        "园区年综合能耗（carbon.annual_energy_tce）",
    ),
    ("nothing is booked in this interval", "本区间没有任何记账"),
    # of the indicators that come with the program
    ("the threshold 1.80 was seen once only", "阈值 1.80 仅见一次"),
    (
        "that Hunan takes the national electricity factor was not read",
        "湖南采用全国电力因子一事未读到原文",
    ),
    (
        "below 200,000 tce a year no national target was found",
        "年综合能耗低于20万吨标准煤时未见国家目标值",
    ),
    ("shown against {limit:n}", "按 {limit} 展示"),
    ("30 % and 35 % were each seen once", "30 % 与 35 % 各仅见一次"),
    ("find out which holds", "请核实哪一个有效"),
    ("the province sets the cap, generally 20 %", "上限由省级确定，一般为 20 %"),
    (
        "annex 4 was not read in the original (rules A.1)",
        "附件4未读到原文（规则 A.1）",
    ),
    (
        "the official list of clean energies was not found (rules A.3)",
        "未找到官方清洁能源目录（规则 A.3）",
    ),
)
