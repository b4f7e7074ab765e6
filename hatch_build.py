"""Generate the Python stubs of `protos/` when the distribution is built or installed."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GenerateStubs(BuildHookInterface):  # type: ignore[misc]
    """Write `parkflow/**/*_pb2*.py` next to `services/`; they never enter git."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate into the project root and add the result to the wheel."""
        generate(Path(self.root))
        build_data["artifacts"].append("/parkflow/**")


def generate(root: Path) -> None:
    """Compile every proto under `root/protos` into `root/parkflow`."""
    from grpc_tools import protoc  # a build requirement, not one of the product

    protos = sorted((root / "protos").rglob("*.proto"))
    include = Path(protoc.__file__).parent / "_proto"
    flags = [f"--{kind}_out={root}" for kind in ("python", "pyi", "grpc_python")]
    arguments = ["protoc", f"-I{root / 'protos'}", f"-I{include}", *flags, *map(str, protos)]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc refused the protos; its message stands above")


if __name__ == "__main__":
    generate(Path(__file__).parent)
