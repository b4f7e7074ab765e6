"""Text on PDF pages: whatever is written, lines fit and no letter is lost."""

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.reports.pdf_text import (
    CHINESE,
    WESTERN,
    clean,
    width_of,
    wrapped,
)


@given(st.text(max_size=60), st.floats(12, 200), st.sampled_from([WESTERN, CHINESE, ""]))
def test_a_wrapped_text_keeps_its_letters_and_its_width(text: str, width: float, font: str) -> None:
    found = wrapped(text, width, font, 8)

    assert "".join(found).replace(" ", "") == clean(text).replace(" ", "")
    assert all(width_of(line, font, 8) <= width for line in found)
