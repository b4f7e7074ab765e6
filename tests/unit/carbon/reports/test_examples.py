"""An example of each report in each language and format, as a reader would ask for them."""

from pathlib import Path

import pytest

from services.carbon_accounting.domain.reporting.evidence import evidence_pack
from services.carbon_accounting.domain.reporting.inventory import enterprise_inventory
from services.carbon_accounting.domain.reporting.monthly import monthly_report
from services.carbon_accounting.reports.phrases import Language
from services.carbon_accounting.reports.rendering import render
from tests.support.carbon_reports import evidence_inputs, inventory_inputs, monthly_inputs

BEGINS = {".pdf": b"%PDF-", ".xlsx": b"PK\x03\x04"}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("suffix", list(BEGINS))
def test_each_report_is_written_in_each_language_and_format(
    tmp_path: Path, language: Language, suffix: str
) -> None:
    examples = {
        "monthly": monthly_report(monthly_inputs()),
        "inventory": enterprise_inventory(inventory_inputs()),
        "evidence": evidence_pack(evidence_inputs()),
    }

    for kind, content in examples.items():
        path = tmp_path / f"{kind}-{language}{suffix}"
        render(content, language, path)
        assert path.read_bytes().startswith(BEGINS[suffix])
