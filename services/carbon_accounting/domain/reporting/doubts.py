"""What books say in English, in both languages; words that are not known stay as they are."""

from services.carbon_accounting.domain.reporting.cells import Name, Reasons
from services.energy.sayings.chinese import in_both, in_chinese
from services.energy.site import Text

BETWEEN, ALSO = "; ", " / "


def reasons_of(text: str) -> Reasons:
    """Return the reasons that stand in one text, separated by `; `, each once."""
    return tuple(in_both(word) for word in dict.fromkeys(text.split(BETWEEN)) if word)


def told(words: Name) -> Name:
    """Return what books tell: in both languages where its sentences are known."""
    return words if isinstance(words, Text) else _of(words, in_chinese(words))


def sources(words: Name) -> Name:
    """Return where numbers come from, several documents between ` / `."""
    if isinstance(words, Text):
        return words
    return _of(words, ALSO.join(in_chinese(one) for one in words.split(ALSO)))


def _of(en: str, zh: str) -> Name:
    return en if en == zh else Text(en, zh)
