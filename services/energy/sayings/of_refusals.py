"""What the books refuse on the page: closing a month, decisions, reports, purchases."""

from services.energy.sayings.saying import sayings

REFUSALS = sayings(
    (
        "{month:n} ends {end:n}, nothing is booked: close it later",
        "{month} 于 {end} 结束，尚无记账：请稍后关账",
    ),
    (
        "{month:n} ends {end:n}, books reach to {until:n} booked: close it later",
        "{month} 于 {end} 结束，账目记至 {until}：请稍后关账",
    ),
    (
        "{month:n} ends {end:n}, {count:n} quarter hours from {since:n} on wait to be booked: "
        "close it later",
        "{month} 于 {end} 结束，自 {since} 起有 {count} 个刻钟待记账：请稍后关账",
    ),
    (
        "{month:n} ends {end:n}, its last quarters may still be withdrawn: close it {time:n} later",
        "{month} 于 {end} 结束，其最后的刻钟仍可能撤回：请 {time} 后再关账",
    ),
    ("{month:n} is closed already", "{month} 已关账"),
    (
        "{month:n} has open items, which stay open in a closed month: acknowledge them",
        "{month} 有未结事项，关账后仍未结：请先确认知悉",
    ),
    ("ListPeriods tells by whom and why", "由谁及为何关账见月份状态"),
    ("nothing is booked of {month:n}", "{month} 没有任何记账"),
    ("there is nothing to close", "无可关账"),
    (
        "restatement {number:n} is something else by now, version {version:n}",
        "重述 {number} 的内容已变为第 {version} 版",
    ),
    (
        "look at it again: ListPendingRestatements, and approve that version",
        "请重新查看后批准该版本",
    ),
    ("restatement {number:n} was approved by {by}", "重述 {number} 已由 {by} 批准"),
    ("restatement {number:n} was rejected by {by}", "重述 {number} 已由 {by} 驳回"),
    ("news on {month:n} become a new one", "{month} 的新消息将成为新的重述"),
    ("the books are being added up: nothing is booked yet", "账目正在汇总：尚无记账"),
    (
        "the books are being added up: {done:n} of {all:n} months are added up",
        "账目正在汇总：{all} 个月中已完成 {done} 个",
    ),
    ("{month:n} is not added up", "{month} 尚未汇总"),
    ("there are {first:n} to {last:n}", "现有 {first} 至 {last}"),
    ("is empty", "为空"),
    ("an inventory is of one enterprise", "排放清单属于一家企业"),
    ("no consumption is known in the interval", "该时段没有已知的用电"),
    ("ask for another one", "请选择其他时段"),
    ("{share:n} must be above 0 and at most 1, as 0.9", "{share} 应大于 0 且不大于 1，如 0.9"),
    ("must not be empty", "不能为空"),
    ("give 1 to {most:n}", "请给出 1 至 {most} 个"),
    ("is longer than {days:n} days", "长于 {days} 天"),
    ("ask less", "请缩小范围"),
)
