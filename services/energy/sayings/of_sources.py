"""Where factors and indicators come from, as the files that come with the program cite it."""

from services.energy.sayings.saying import sayings

SOURCES = sayings(
    ("own unit", "自有机组"),
    ("counted in scope 1 where its fuel is burnt", "在其燃料燃烧处计入范围一"),
    ("a tonne of CO2 is a tonne of CO2", "一吨 CO2 即一吨 CO2"),
    (
        "IR (EU) 2023/1773 Annex VIII, transitional period 1 Oct 2023 to 31 Dec 2025",
        "IR (EU) 2023/1773 附件VIII，过渡期2023年10月1日至2025年12月31日",
    ),
    (
        "IR (EU) 2023/1773 Annex III, kg CF4 per t Al per anode-effect minute and cell day",
        "IR (EU) 2023/1773 附件III，每吨铝每槽日每分钟阳极效应的 CF4 千克数",
    ),
    (
        "IR (EU) 2023/1773 Annex III, t C2F6 per t CF4",
        "IR (EU) 2023/1773 附件III，每吨 CF4 的 C2F6 吨数",
    ),
    ("rules {section:section}", "规则 {section}"),
    ("{what:said} (rules {section:section})", "{what}（规则 {section}）"),
    (
        "rules {section:section} (IR (EU) 2023/1773 Annex VIII)",
        "规则 {section}（IR (EU) 2023/1773 附件VIII）",
    ),
    ("actual factor by direct technical link", "直接技术连接的实际因子"),
    ("the plant burns nothing", "该电厂不燃烧燃料"),
    ("China Energy Statistical Yearbook 2023, annex", "《中国能源统计年鉴2023》附录"),
    ("low-pressure steam of {enthalpy:n} kJ/kg", "低压蒸汽 {enthalpy} kJ/kg"),
    ("of 38 931 kJ/m3, the NCV of C.2", "按 38 931 kJ/m3，即 C.2 的热值"),
    ("steam of {enthalpy:n} kJ/kg, also used", "蒸汽 {enthalpy} kJ/kg，亦有采用"),
    (
        "defaults of the China enterprise guidelines (secondary copy)",
        "中国企业温室气体核算指南缺省值（二手文本）",
    ),
    ("oxidation of solid fuels by equipment", "固体燃料按设备的氧化率"),
    ("default of purchased heat", "外购热力缺省值"),
    ("also used", "亦有采用"),
    (
        "low-pressure steam of the energy statistics yearbook",
        "能源统计年鉴的低压蒸汽",
    ),
    (
        "MEE announcement 2025 No 3 (factors of 2023), secondary copies",
        "生态环境部公告2025年第3号（2023年因子），二手文本",
    ),
    (
        "MEE announcement of 28 Sep 2025 (factors of 2024), secondary copies",
        "生态环境部2025年9月28日公告（2024年因子），二手文本",
    ),
    (
        "rules C.4 (MEE and NBS electricity CO2 factors, secondary copies)",
        "规则 C.4（生态环境部、国家统计局电力二氧化碳排放因子，二手文本）",
    ),
    ("average of the region or province", "区域或省级平均"),
    ("national average", "全国平均"),
    (
        "fossil power, rules 0.1(3) and A.2 (annex 4 of 910)",
        "化石能源电力，规则 0.1(3) 与 A.2（910号文附件4）",
    ),
    (
        "national average without market-traded non-fossil power as residual mix, rules D.1",
        "以不含市场化交易的非化石能源电量的全国平均作为剩余组合，规则 D.1",
    ),
    (
        "supplied directly, attributes kept by the park (D.1 (7) M)",
        "直接供应，环境属性由园区保留（D.1 (7) M）",
    ),
    ("directly supplied non-fossil power is 0", "直供非化石能源电力为 0"),
    ("its biogenic CO2 is told apart", "其生物源 CO2 另列"),
    (
        "GB/T 2589 当量值, China Energy Statistical Yearbook 2023 annex",
        "GB/T 2589 当量值，《中国能源统计年鉴2023》附录",
    ),
    (
        "MEE/NBS fossil power 2022, as annex 4 of NDRC 2025 No. 910 is quoted",
        "生态环境部、国家统计局2022年化石能源电力因子，据所引发改环资〔2025〕910号附件4",
    ),
    (
        "NDRC 2025 No. 910 annex 3, read in secondary sources",
        "发改环资〔2025〕910号附件3（据二手来源）",
    ),
    ("NDRC 2025 No. 910 annexes 3 and 4", "发改环资〔2025〕910号附件3与附件4"),
    ("NDRC/NEA 2025 No. 650", "发改能源〔2025〕650号"),
    (
        "R_w = V_r / (V_i + V_r), the form of GB/T 36132-2025",
        "R_w = V_r / (V_i + V_r)，形式同 GB/T 36132-2025",
    ),
    (
        "e = E/M against grade 2 of the product's mandatory standard",
        "e = E/M，对照产品强制性标准二级限额",
    ),
    ("emissions of the enterprise ledger over output", "企业台账排放量除以产量"),
    ("a footprint needs life-cycle factors", "足迹需要生命周期因子"),
    ("enterprise ledger over output value", "企业台账除以产值"),
    ("no national value was seen", "未见国家目标值"),
    (
        "with everything else at zero, as a share of the park's energy",
        "其余为零时占园区能耗的比重",
    ),
    ("to be compared with max_unmatched_grid_share", "与 max_unmatched_grid_share 对照"),
    (
        "that earlier stock is added to the denominator is known, not read",
        "往年贮存量计入分母一事已知，未读到原文",
    ),
    ("rules {section:section}, low confidence", "规则 {section}，可信度低"),
    ("1 tce per 10,000 CNY is 0.1 kgce per CNY", "1 tce/万元即 0.1 kgce/元"),
    ("the identity must close", "该恒等式必须成立"),
    (
        "net storage flows inside self-use, own power that is not green and its export apart (D)",
        "储能净流量计入自用，自有非绿电及其外送另计（D）",
    ),
    ("tolerances are a setting", "容差为设置项"),
    (
        "shown beside the clean share, because gas decides that one",
        "与清洁能源占比并列展示，因天然气对后者起决定作用",
    ),
    ("tracing closes to 1 Wh per interval", "追溯逐区间闭合至 1 Wh"),
    ("the tolerance is a setting", "容差为设置项"),
)
