"""The Scope 2 quality criteria of claims: their names, and why one is met or is not."""

from services.energy.sayings.saying import sayings

QUALITY = sayings(
    ("1 conveys the attribute with its emission rate", "1 传递环境属性及其排放率"),
    ("2 only instrument carrying the claim", "2 是承载该声明的唯一凭证"),
    ("3 tracked and cancelled for the reporter", "3 经追踪并为报告方核销"),
    ("4 vintage within the consumption period", "4 生产时段在消费时段之内"),
    ("5 same market as the consumption", "5 与消费处于同一市场"),
    ("6 supplier factor net of certificates sold", "6 供应商因子已扣除售出的证书"),
    (
        "7 direct purchase transfers certificates only to the reporter",
        "7 直接购买的证书仅转让给报告方",
    ),
    (
        "8 residual mix available or its absence disclosed",
        "8 有剩余组合因子，或已披露其缺失",
    ),
    ("not met", "不满足"),
    ("not applicable", "不适用"),
    ("conveys no emission rate", "未传递排放率"),
    ("conveys {rate} kg/kWh of trust {trust}", "传递 {rate} kg/kWh，可信度 {trust}"),
    (
        "another claim is on the attribute of ids {first:n} to {last:n} of lot {lot} or some of "
        "them",
        "批次 {lot} 编号 {first} 至 {last} 的环境属性（或其一部分）上另有声明",
    ),
    (
        "another claim is on the physical use of ids {first:n} to {last:n} of lot {lot} or some "
        "of them",
        "批次 {lot} 编号 {first} 至 {last} 的物理使用（或其一部分）上另有声明",
    ),
    (
        "certificates {instrument:word} of {device} are claimed for the same time too and no meter "
        "here tells that these are other Wh",
        "{device} 同一时段的 {instrument} 证书也已被声明，本园区没有计量表能证明其为不同的电量",
    ),
    (
        "no other claim in these books is on the attribute of ids {first:n} to {last:n} of lot "
        "{lot}",
        "本账目中没有其他声明占用批次 {lot} 编号 {first} 至 {last} 的环境属性",
    ),
    (
        "no other claim in these books is on the physical use of ids {first:n} to {last:n} of lot "
        "{lot}",
        "本账目中没有其他声明占用批次 {lot} 编号 {first} 至 {last} 的物理使用",
    ),
    ("of its charge from {certificate}", "其充电所用的 {certificate}"),
    ("cancelled {at:n} for {whose}", "{at} 为 {whose} 核销"),
    ("it is {state:word} for {whose} and not cancelled", "状态为 {state}（{whose}），未核销"),
    (
        "produced {made:n} to {made_end:n}, consumed {used:n} to {used_end:n}",
        "生产于 {made} 至 {made_end}，消费于 {used} 至 {used_end}",
    ),
    (
        "market {market} for consumption in {other}",
        "市场 {market}，消费在 {other}",
    ),
    ("the claim covers no consumption", "该声明不覆盖消费"),
    ("no supplier's factor is used", "未使用供应商因子"),
    (
        "the supplier says that its factor is net of certificates sold",
        "供应商声明其因子已扣除售出的证书",
    ),
    (
        "the supplier's factor is not net of certificates sold",
        "供应商因子未扣除售出的证书",
    ),
    (
        "neither bought by contract nor used where it was made",
        "既非合同购买，也非就地使用",
    ),
    (
        "its attributes were cancelled by {owner} for {whose}",
        "其环境属性由 {owner} 为 {whose} 核销",
    ),
    ("its attributes belong to {owner}", "其环境属性属于 {owner}"),
    ("nobody looked which residual mix the books use", "未查询账目使用的剩余组合因子"),
    (
        "no residual mix is known, the books name {factor} as its proxy",
        "没有已知的剩余组合因子，账目以 {factor} 作为其替代",
    ),
    (
        "no residual mix for {region} from {first:n} to {last:n}",
        "{region} 在 {first} 至 {last} 没有剩余组合因子",
    ),
    ("residual mix {factor}", "剩余组合因子 {factor}"),
    ("an open item of the books says so", "账目的未结事项已说明"),
    ("no open item of the books says so", "账目的未结事项未说明"),
    ("nobody looked whether an open item says so", "未查询未结事项是否说明"),
)
