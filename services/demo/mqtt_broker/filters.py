"""Which topics a subscription means (MQTT 3.1.1, 4.7); pure."""

from __future__ import annotations


def is_valid(topic_filter: str) -> bool:
    """Whether `+` stands alone in its level and `#` alone in the last one."""
    levels = topic_filter.split("/")
    return (
        bool(topic_filter)
        and all(level in ("+", "#") or not ("+" in level or "#" in level) for level in levels)
        and "#" not in levels[:-1]
    )


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a message of `topic` belongs to `topic_filter`."""
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )
