"""A pattern of indicators made into one for each product, with the product's own limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.targets import Direction, Target, Targets
from services.carbon_accounting.domain.indicators.vocabulary import Word
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS
from services.carbon_accounting.domain.units import unit
from services.energy.site import Text

PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Product:
    """What a park makes, counted in `unit`. `limits` are energy per unit (kgce) by grade, 1 best.

    A product without a mandatory energy-quota standard has none: that is explained, not failed.
    """

    id: str
    names: Text
    unit: str
    limits: Mapping[int, Target] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unit(self.unit)  # NotAUnit for a text that is none
        if "'" in self.id or not self.id:
            raise ValueError(f"product {self.id!r} cannot be named in a formula; leave the ' out")


def words_of(product: Product) -> tuple[Word, ...]:
    """Return the inputs of a product: what was made, the energy and the emissions it took."""
    return (
        Word(f"production.{product.id}", product.unit, product.names),
        Word(f"product_energy.{product.id}", "tce", product.names),
        *(
            Word(f"product_emissions.{one.key}.{product.id}", "tCO2", product.names, ledger=one)
            for one in LIVE_LEDGERS
        ),
    )


def for_products(
    definitions: Iterable[Definition], products: Iterable[Product]
) -> tuple[Definition, ...]:
    """Return the definitions with every pattern replaced by one definition for each product."""
    made = list(products)
    found: list[Definition] = []
    for one in definitions:
        found += [_of(one, product) for product in made] if one.for_each == PRODUCT else [one]
    return tuple(found)


def _of(pattern: Definition, product: Product) -> Definition:
    def filled(text: str) -> str:
        return text.replace("{product}", product.id).replace("{unit}", product.unit)

    limit = product.limits.get(pattern.grade) if pattern.grade is not None else None
    targets = Targets(Direction.AT_MOST, (limit,)) if limit else pattern.targets
    return replace(
        pattern,
        id=filled(pattern.id),
        names=Text(
            en=pattern.names.en.replace("{product}", product.names.en),
            zh=pattern.names.zh.replace("{product}", product.names.zh),
        ),
        unit=filled(pattern.unit),
        formula=filled(pattern.formula),
        readings=tuple(replace(one, formula=filled(one.formula)) for one in pattern.readings),
        targets=targets,
        for_each="",
    )
