"""The words of formulas: inputs that are metered or audited, constants with their source.

Words are data (`indicators/inputs.yaml`); the totals of ledgers are known by themselves, because a
ledger is a type of ours.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from services.carbon_accounting.domain.factors import TRUST, UNVERIFIED_TRUST
from services.carbon_accounting.domain.indicators.meanings import Meaning, measured_in
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import unit
from services.energy.site import Text

LEDGER_PARTS = ("total", "energy", "process", "electricity", "heat", "refrigerants", "capture")
EMISSIONS = "tCO2"


@dataclass(frozen=True, slots=True)
class Word:
    """An input by name. `adds_up`: amounts of two periods make that of both (a flow, no state)."""

    name: str
    unit: str
    says: Text
    adds_up: bool = True
    ledger: Ledger | None = None
    is_equivalent: bool = False

    def __post_init__(self) -> None:
        unit(self.unit)  # NotAUnit for a text that is none

    @property
    def meaning(self) -> Meaning:
        """What it measures."""
        return measured_in(self.unit, self.ledger, equivalent=self.is_equivalent)


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of a rule. With a ledger it is one of that ledger's factors or limits."""

    name: str
    amount: Amount
    says: Text
    trust: str
    source: str
    ledger: Ledger | None = None

    def __post_init__(self) -> None:
        if self.trust not in TRUST:
            raise ValueError(f"{self.name}: trust {self.trust!r} is none of {sorted(TRUST)}")

    @property
    def meaning(self) -> Meaning:
        """What it measures."""
        return measured_in(self.amount.unit, self.ledger)

    @property
    def is_unverified(self) -> bool:
        """Whether a number made with it must be shown as unverified (rules H.6)."""
        return self.trust in UNVERIFIED_TRUST


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words by name, as they stand in formulas."""

    words: Mapping[str, Word] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Iterable[Word], constants: Iterable[Constant] = ()) -> "Vocabulary":
        """Return the vocabulary of these words, the totals of all ledgers among them."""
        named = {word.name: word for word in (*ledger_words(), *words)}
        return cls(named, {constant.name: constant for constant in constants})

    def of_names(self, names: Collection[str | None]) -> "Vocabulary":
        """Return it with these names alone."""
        return Vocabulary(
            {name: word for name, word in self.words.items() if name in names},
            {name: constant for name, constant in self.constants.items() if name in names},
        )

    def meanings(self) -> dict[str, Meaning]:
        """Return what each word measures."""
        return {
            **{name: word.meaning for name, word in self.words.items()},
            **{name: constant.meaning for name, constant in self.constants.items()},
        }


def ledger_words() -> tuple[Word, ...]:
    """Return `ledger.<ledger>.<part>` for every ledger."""
    return tuple(
        Word(f"ledger.{ledger.key}.{part}", EMISSIONS, _of_ledger(ledger, part), ledger=ledger)
        for ledger in Ledger
        for part in LEDGER_PARTS
    )


def _of_ledger(ledger: Ledger, part: str) -> Text:
    return Text(
        en=f"{ledger.gas} of the {ledger.key} ledger: {part}", zh=f"{ledger.key} 台账 {part}"
    )
