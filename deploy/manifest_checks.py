"""Our own rules over the rendered manifests. Each yields a sentence for every breach."""

import re
from collections import Counter
from collections.abc import Iterator

from deploy.chart import ROOT, Manifest, component, of_kind, pod_of, title
from deploy.code_facts import SettingsFacts, drain_s, probe_routes, service_of, topics

SELECTOR_KEYS = {
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
}
PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")
Manifests = tuple[Manifest, ...]


def containers(manifests: Manifests) -> Iterator[tuple[Manifest, Manifest, Manifest]]:
    """Yield (manifest, pod, container)."""
    for manifest in manifests:
        if pod := pod_of(manifest):
            for container in pod["spec"]["containers"]:
                yield manifest, pod, container


def names_are_unique(manifests: Manifests) -> Iterator[str]:
    """Two manifests with one name would overwrite each other."""
    for name, count in Counter(title(manifest) for manifest in manifests).items():
        if count > 1:
            yield f"{name} is rendered {count} times"


def pods_are_restricted(manifests: Manifests) -> Iterator[str]:
    """Every pod satisfies the restricted standard, and more."""
    for manifest, pod, container in containers(manifests):
        spec, security = pod["spec"], container.get("securityContext", {})
        good = {
            "runs as non-root": spec["securityContext"].get("runAsNonRoot") is True,
            "has RuntimeDefault seccomp": spec["securityContext"].get("seccompProfile")
            == {"type": "RuntimeDefault"},
            "mounts no token": spec.get("automountServiceAccountToken") is False,
            "has no service links": spec.get("enableServiceLinks") is False,
            "cannot escalate": security.get("allowPrivilegeEscalation") is False,
            "has a read-only root": security.get("readOnlyRootFilesystem") is True,
            "drops all capabilities": security.get("capabilities") == {"drop": ["ALL"]},
            "has a memory limit": "memory" in container.get("resources", {}).get("limits", {}),
            "requests CPU": "cpu" in container.get("resources", {}).get("requests", {}),
            "uses no host": not any(key.startswith("host") for key in spec),
        }
        for rule, kept in good.items():
            if not kept:
                yield f"{title(manifest)} breaks: it {rule}"


def images_are_pinned(manifests: Manifests) -> Iterator[str]:
    """No `latest`, no image without a tag."""
    for manifest, _, container in containers(manifests):
        image = container["image"]
        if not re.search(r"(:[\w.-]+|@sha256:[0-9a-f]{64})$", image) or image.endswith(":latest"):
            yield f"{title(manifest)} runs {image}: pin a tag or a digest"


def selectors_are_stable(manifests: Manifests) -> Iterator[str]:
    """A selector holds three labels and nothing that changes with a version."""
    for manifest in of_kind(manifests, "Deployment", "Service", "PodDisruptionBudget"):
        selector = manifest["spec"]["selector"]
        labels = selector.get("matchLabels", selector)
        if set(labels) != SELECTOR_KEYS:
            yield f"{title(manifest)} selects by {sorted(labels)}"


def ports_resolve(manifests: Manifests) -> Iterator[str]:
    """Every port name of a service, probe or policy is a port of the pods it means."""
    ports = {
        component(pod["metadata"]["labels"]): {p["name"] for p in container.get("ports", ())}
        for manifest, pod, container in containers(manifests)
        if manifest["kind"] == "Deployment"
    }
    for service in of_kind(manifests, "Service"):
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports.get(component(service["spec"]["selector"]), ()):
                yield f"{title(service)}: no pod has a port {port['targetPort']}"
    for manifest, pod, container in containers(manifests):
        own = ports.get(component(pod["metadata"]["labels"]), set())
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            named = container.get(probe, {}).get("httpGet", {}).get("port")
            if manifest["kind"] == "Deployment" and named not in own:
                yield f"{title(manifest)}: {probe} asks port {named}"
    for policy in of_kind(manifests, "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", ()):
            for port in rule.get("ports", ()):
                if port["port"] not in ports.get(component(policy["metadata"]["labels"]), ()):
                    yield f"{title(policy)} lets in on {port['port']}, which no pod has"
    for ingress in of_kind(manifests, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                if path["backend"]["service"]["port"]["name"] not in ports["console"]:
                    yield f"{title(ingress)}: the console has no such port"


def probes_ask_what_is_served(manifests: Manifests) -> Iterator[str]:
    """A probe's path is one of the endpoint's routes; readiness uses /readyz where it exists."""
    routes = probe_routes()
    for manifest, _, container in containers(manifests):
        if manifest["kind"] != "Deployment":
            continue
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if (path := container[probe]["httpGet"]["path"]) not in routes:
                yield f"{title(manifest)}: {probe} asks {path}; served are {sorted(routes)}"
        if "/readyz" in routes and container["readinessProbe"]["httpGet"]["path"] != "/readyz":
            yield f"{title(manifest)}: readiness must ask /readyz (probes.readiness.path)"


def pods_may_drain(manifests: Manifests) -> Iterator[str]:
    """The grace period is longer than preStop and the time a process takes to drain."""
    for manifest, pod, container in containers(manifests):
        if manifest["kind"] == "Deployment":
            needed = container["lifecycle"]["preStop"]["sleep"]["seconds"] + drain_s()
            if pod["spec"]["terminationGracePeriodSeconds"] <= needed:
                yield f"{title(manifest)} needs more than {needed} s to stop"


def environment_is_known(manifests: Manifests, settings: SettingsFacts) -> Iterator[str]:
    """Every variable is one that the service reads, and the service can start with them."""
    for manifest, _, container in containers(manifests):
        service = service_of(container["args"][0].removeprefix("services."))
        variables = {v["name"]: v.get("value", "") for v in container.get("env", ())}
        for name, value in variables.items():
            if PASSWORD_IN_URL.search(value):
                yield f"{title(manifest)}: {name} holds a password in plain text"
        for mistake in settings.mistakes(service, variables):
            yield f"{title(manifest)}: {mistake}"


def topics_are_in_the_map(manifests: Manifests) -> Iterator[str]:
    """KafkaTopics are the map; a KafkaUser may read and write what the map says."""
    known = topics()
    declared = {m["metadata"]["name"]: m for m in of_kind(manifests, "KafkaTopic")}
    if declared and set(declared) != set(known):
        yield f"KafkaTopics differ from the map: {sorted(set(declared) ^ set(known))}"
    for name, manifest in declared.items():
        if name in known and manifest["spec"]["partitions"] != known[name].partitions:
            yield f"{title(manifest)} has {manifest['spec']['partitions']} partitions"
    for user in of_kind(manifests, "KafkaUser"):
        service = component(user["metadata"]["labels"])
        for entry in user["spec"]["authorization"]["acls"]:
            if entry["resource"]["type"] != "topic":
                continue
            topic = known[entry["resource"]["name"]]
            may = {"Describe"}
            may |= {"Read"} if service in topic.readers else set()
            may |= {"Write"} if service in topic.writers else set()
            if set(entry["operations"]) != may:
                yield f"{title(user)} may {entry['operations']} on {topic.name}, the map says {may}"


def nothing_stays_behind(manifests: Manifests) -> Iterator[str]:
    """Uninstalling removes everything but the declared exceptions."""
    for manifest in manifests:
        notes = manifest["metadata"].get("annotations", {})
        if notes.get("helm.sh/resource-policy") == "keep" and manifest["kind"] != "KafkaTopic":
            yield f"{title(manifest)} would stay behind"
        if "helm.sh/hook" in notes and "hook-succeeded" not in notes.get(
            "helm.sh/hook-delete-policy", ""
        ):
            yield f"{title(manifest)} is a hook and would stay behind"
        if manifest["kind"] == "PersistentVolumeClaim":
            yield f"{title(manifest)} would stay behind"


def every_service_is_guarded(manifests: Manifests) -> Iterator[str]:
    """A Deployment comes with its account, budget, service and network policy."""
    names = {title(manifest) for manifest in manifests}
    for deployment in of_kind(manifests, "Deployment"):
        for kind in ("ServiceAccount", "PodDisruptionBudget", "Service", "NetworkPolicy"):
            if f"{kind}/{deployment['metadata']['name']}" not in names:
                yield f"{title(deployment)} has no {kind}"


def runbooks_exist(manifests: Manifests) -> Iterator[str]:
    """Every alert links a runbook that is there."""
    for rules in of_kind(manifests, "PrometheusRule"):
        for group in rules["spec"]["groups"]:
            for rule in group["rules"]:
                file = rule["annotations"]["runbook_url"].rsplit("/", 1)[-1]
                if not (ROOT / "docs/runbooks" / file).exists():
                    yield f"alert {rule['alert']}: docs/runbooks/{file} does not exist"


RULES = (
    names_are_unique,
    pods_are_restricted,
    images_are_pinned,
    selectors_are_stable,
    ports_resolve,
    probes_ask_what_is_served,
    pods_may_drain,
    topics_are_in_the_map,
    nothing_stays_behind,
    every_service_is_guarded,
    runbooks_exist,
)
