"""Write the files of the chart that follow from something else: `python -m deploy.generate`.

`files/topics.yaml` follows from the topic map, `files/demo-park.yaml` from `parks/demo.yaml`,
`README.md` from the comments of `values.yaml`. `stale()` names those that are out of date.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "deploy/k8s/parkflow"
HEAD = "# Written by `python -m deploy.generate`; do not edit.\n"


def topics_yaml() -> str:
    """Return the topic map as the chart reads it."""
    from services.runtime.topics import TOPICS, settings_of

    lines = [HEAD + "# From services/runtime/topics.py.\n"]
    for topic in TOPICS:
        settings = settings_of(topic, replicas=1)
        settings.pop("min.insync.replicas")  # the chart sets it from the number of replicas
        lines.append(f"{topic.name}:\n  partitions: {topic.partitions}\n")
        lines.append(f"  writers: [{', '.join(topic.writers)}]\n")
        lines.append(f"  readers: [{', '.join(topic.readers)}]\n  config:\n")
        lines += [f'    {key}: "{value}"\n' for key, value in sorted(settings.items())]
    return "".join(lines)


def demo_park_yaml() -> str:
    """Return the demo's park file."""
    return HEAD + "# From parks/demo.yaml.\n" + (ROOT / "parks/demo.yaml").read_text("utf-8")


def documented_values(text: str) -> list[tuple[str, str, str]]:
    """Return (path, default, comment) of every commented key of `values.yaml`."""
    rows: list[tuple[str, str, str]] = []
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        if note := re.match(r"\s*# (.*)", line):
            comment.append(note[1])
        elif key := re.match(r"(\s*)([A-Za-z_]+):(?: (.*))?$", line):
            indent = len(key[1])
            path = [(depth, name) for depth, name in path if depth < indent] + [(indent, key[2])]
            if comment:
                default = re.sub(r"^[&*]\w+ ?", "", key[3] or "")
                rows.append((".".join(name for _, name in path), default, " ".join(comment)))
            comment = []
        else:
            comment = []
    return rows


def readme() -> str:
    """Return the chart's README."""
    about = (CHART / "README.head.md").read_text("utf-8")
    rows = ["| Value | Default | Meaning |", "|---|---|---|"]
    for path, default, comment in documented_values((CHART / "values.yaml").read_text("utf-8")):
        shown = f"`{default}`" if default else ""
        rows.append(f"| `{path}` | {shown} | {comment} |".replace("|  |", "| |"))
    return about + "\n".join(rows) + "\n"


WRITTEN = {
    CHART / "files/topics.yaml": topics_yaml,
    CHART / "files/demo-park.yaml": demo_park_yaml,
    CHART / "README.md": readme,
}


def stale() -> list[Path]:
    """Return the written files that no longer follow from their source."""
    return [
        path
        for path, write in WRITTEN.items()
        if not path.exists() or path.read_text("utf-8") != write()
    ]


def main() -> int:
    """Write them all."""
    for path, write in WRITTEN.items():
        path.write_text(write(), "utf-8")
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
