"""History of a park of its own as a child process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tests.support.park_process import ParkProcess


@dataclass
class HistoryProcess(ParkProcess):
    """One history."""

    service: ClassVar[str] = "history"
    database_url: str

    def environment(self) -> dict[str, str]:
        return {"PARKFLOW_DATABASE_URL": self.database_url}
