"""What registers said and say: why a quarter hour is restated, what it waits for."""

from services.energy.sayings.saying import sayings

REGISTERS = sayings(
    ("factor {old} became {new}", "因子 {old} 变为 {new}"),
    ("{was:said} became {now:said}", "由 {was} 变为 {now}"),
    ("nothing", "无数据"),
    ("unknown", "未知"),
    ("unknown ({wh:n} {unit:word} set aside)", "未知（{wh} {unit} 暂挂）"),
    ("{sure:n}+~{estimated:n} {unit:word} {how:names}", "{sure}+~{estimated} {unit}（{how}）"),
    ("~{estimated:n} {unit:word} {how:names}", "~{estimated} {unit}（{how}）"),
    ("{lost:n} Wh written off", "核销 {lost} Wh"),
    ("{wh:n} Wh", "{wh} Wh"),
    ("linear", "线性插值"),
    ("profile", "按曲线估算"),
    ("from_zero", "自零起计"),
    ("suspect", "存疑"),
    ("accepted", "已认可"),
    ("edited", "已更正"),
    ("broken", "表底中断"),
    ("{at:n} was not booked before", "{at} 此前未记账"),
    ("and {count:n} more", "另有 {count} 项"),
    ("and more", "等"),
    (
        "{wh:n} Wh of {certificate} for {enterprise}, {ledger:said}",
        "{ledger}台账中 {enterprise} 的凭证 {certificate} 多 {wh} Wh",
    ),
    ("{wh:n} Wh of {point}", "{point} 的 {wh} Wh"),
    ("{quarter:n} waits for {names:names}", "{quarter} 等待 {names}"),
    ("{point} ({wh:n} {unit:word} set aside)", "{point}（{wh} {unit} 暂挂）"),
    ("{point} (known for {known:n} of {all:n} s)", "{point}（{all} 秒中已知 {known} 秒）"),
    (
        "{quarter:n} is booked without {names:names}, which are set aside",
        "{quarter} 记账未含暂挂的 {names}",
    ),
    (
        "{quarter:n} has certificates for more than was used: {beyond:names}",
        "{quarter} 凭证电量超过用电量：{beyond}",
    ),
    ("{quarter:n} does not close", "{quarter} 不平衡"),
    (
        "{count:n} quarter hours from {first:n} to {last:n} wait for {names:names}",
        "{first} 至 {last} 共 {count} 个刻钟等待 {names}",
    ),
    (
        "{count:n} quarter hours from {first:n} to {last:n} are booked without {names:names}, "
        "which are set aside",
        "{first} 至 {last} 共 {count} 个刻钟记账未含暂挂的 {names}",
    ),
    (
        "{count:n} quarter hours from {first:n} to {last:n} have certificates for more than was "
        "used: {beyond:names}",
        "{first} 至 {last} 共 {count} 个刻钟凭证电量超过用电量：{beyond}",
    ),
    (
        "{count:n} quarter hours from {first:n} to {last:n} do not close",
        "{first} 至 {last} 共 {count} 个刻钟不平衡",
    ),
    ("{wh:n} Wh came in without a metered consumer", "流入 {wh} Wh，没有相应的用电计量"),
    ("{wh:n} Wh were consumed without a metered supply", "消耗 {wh} Wh，没有相应的供电计量"),
    ("approved by {by}", "{by} 批准"),
    ("booked", "已记账"),
    (
        "what the stores held changed by what earlier quarters say now",
        "储能存量因更早刻钟的更正而改变",
    ),
    (
        "withdrawn, waits for its registers",
        "已撤回，等待其表底",
    ),
    ("nothing later is complete any more", "其后不再有完整的刻钟"),
    ("the park file or the rules of booking changed", "园区文件或记账规则已变更"),
    ("certificates cover it otherwise", "凭证覆盖已变更"),
    ("reading changed", "读数变更"),
    ("factor changed", "因子变更"),
    ("boundary changed", "边界变更"),
    ("certificate changed", "凭证变更"),
    ("the same files", "文件相同"),
    ("other software, or changed books", "软件不同或账目被改动"),
    ("{one:changes} or {other:changes}", "{one}或{other}"),
    ("{one:changes} and {other:changes}", "{one}且{other}"),
    (
        "readings, factors or rules of the park changed",
        "园区的读数、因子或规则已变更",
    ),
    ("the park can say which", "具体原因可询问园区"),
    ("{reason:said} and {count:n} more reasons", "{reason}，另有 {count} 项原因"),
)
