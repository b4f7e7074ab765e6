"""Carbon accounting of a park of its own as a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import ClassVar

from tests.support.builders import REPOSITORY
from tests.support.park_process import ParkProcess


@dataclass
class CarbonProcess(ParkProcess):
    """One ledger."""

    service: ClassVar[str] = "carbon_accounting"
    database_url: str

    def environment(self) -> dict[str, str]:
        return {"PARKFLOW_DATABASE_URL": self.database_url}

    def verify(self) -> subprocess.CompletedProcess[str]:
        """Book everything again beside it and compare."""
        return subprocess.run(
            [sys.executable, "-m", "services.carbon_accounting", "verify"],
            env=os.environ | {"PARKFLOW_PARK": str(self.park_file), **self.environment()},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
