"""The chart's profiles, rendered: what helm would send to the cluster, and its golden copies."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.tools import helm, run

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "deploy/k8s/parkflow"
PROFILES = tuple(sorted(f.name.removesuffix("-values.yaml") for f in (CHART / "ci").iterdir()))
LONG_TEXT = 400
SAME_EVERYWHERE = {
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "helm.sh/chart",
}

Manifest = dict[str, Any]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class RenderFailed(Exception):
    """What helm said."""


def load_all(text: str) -> list[Any]:
    """Return the documents of a YAML text that are not empty."""
    documents = yaml.load_all(text, Loader)  # the safe loader, in C
    return [document for document in documents if document]


def load(path: Path) -> Any:
    """Return the one document of a YAML file."""
    return yaml.load(path.read_text("utf-8"), Loader)  # noqa: S506  # the safe loader, in C


def render(profile: str, *arguments: str) -> list[Manifest]:
    """Return the manifests of a profile; RenderFailed says what helm refuses."""
    values = str(CHART / f"ci/{profile}-values.yaml")
    code, text = run(
        helm(), "template", "park", str(CHART), "-n", "parkflow", "-f", values, *arguments
    )
    if code:
        raise RenderFailed(text)
    return load_all(text)


@cache
def rendered(profile: str) -> tuple[Manifest, ...]:
    """Return the manifests of an unchanged profile."""
    return tuple(render(profile))


def title(manifest: Manifest) -> str:
    """Return kind and name."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def of_kind(manifests: tuple[Manifest, ...] | list[Manifest], *kinds: str) -> list[Manifest]:
    """Return the manifests of some kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def pod_of(manifest: Manifest) -> Manifest | None:
    """Return the pod (metadata and spec) that a manifest makes; None when it makes none."""
    if manifest["kind"] in ("Deployment", "Job"):
        template: Manifest = manifest["spec"]["template"]
        return template
    return manifest if manifest["kind"] == "Pod" else None


def component(labels: dict[str, str]) -> str:
    """Return the service a label set belongs to, as a folder name."""
    return labels.get("app.kubernetes.io/component", "").replace("-", "_")


def golden_text(manifests: tuple[Manifest, ...]) -> str:
    """Return the manifests in one canonical form; long texts become their hash.

    Labels that every manifest has are left out: a new version changes no golden copy.
    """
    ordered = sorted(manifests, key=lambda manifest: (manifest["kind"], title(manifest)))
    text: str = yaml.dump_all(
        [_shortened(m) for m in ordered], Dumper=Dumper, default_flow_style=None, width=140
    )
    return text


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _shortened(inner) for k, inner in value.items() if k not in SAME_EVERYWHERE}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value]
    if isinstance(value, str) and len(value) > LONG_TEXT:
        return f"sha256 {hashlib.sha256(value.encode()).hexdigest()[:16]}"
    return value


def golden_file(profile: str) -> Path:
    """Return where the golden copy of a profile is."""
    return CHART / f"golden/{profile}.yaml"
