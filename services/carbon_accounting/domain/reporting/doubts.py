"""What books say in English, in both languages; words that are not known stay as they are."""

from services.carbon_accounting.domain.reporting.cells import Name, Reasons
from services.energy.sayings.chinese import in_both
from services.energy.site import Text

BETWEEN = "; "


def reasons_of(text: str) -> Reasons:
    """Return the reasons that stand in one text, separated by `; `, each once."""
    return tuple(in_both(word) for word in dict.fromkeys(text.split(BETWEEN)) if word)


def told(words: Name) -> Text:
    """Return what books tell, as a text of both languages."""
    return words if isinstance(words, Text) else in_both(words)
