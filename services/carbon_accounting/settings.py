"""Settings of carbon accounting."""

from dataclasses import dataclass
from typing import ClassVar

from services.runtime.environment import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """`acceptance_factor_year`: the year of the fossil-power factor (2022: 0.8325, annex 4).

    `answering_connections`: how many connections answers read from, beside the bookkeeper's own;
    `answer_statement_s`: how long one statement of an answer may take.
    """

    largest_request_bytes: ClassVar[int] = 6 * 1024 * 1024
    """ProposePurchase: 50 offers with a number of up to 6 bytes for each hour of 800 days. A factor
    file of the park has some kB, 10,000 amounts of production 1 MB, a certificate a line of 200 B.
    """
    grpc_port: int = 7105
    metrics_port: int = 9105
    acceptance_factor_year: int = 2022
    forecasting_address: str = "127.0.0.1:7103"
    answering_connections: int = 5
    answer_statement_s: int = 30

    def __post_init__(self) -> None:
        if not self.database_url:
            raise ValueError("PARKFLOW_DATABASE_URL is not set; the ledgers live in PostgreSQL")
        for name in ("answering_connections", "answer_statement_s"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"PARKFLOW_{name.upper()} is {value}; set it to 1 or more")
