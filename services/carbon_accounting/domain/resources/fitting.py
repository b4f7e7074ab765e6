"""Which source can serve which demand: warm enough, cold enough, clean enough."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarmEnough:
    """Heat flows down: a source is warmer than what is needed by at least so many kelvin."""

    least_difference_k: float

    def __post_init__(self) -> None:
        if self.least_difference_k <= 0:
            raise ValueError(f"heat does not flow over {self.least_difference_k} K; give > 0")

    def fits(self, source_c: float, needed_c: float) -> bool:
        """Whether a source at a temperature can heat what needs one (both degrees Celsius)."""
        return source_c - needed_c >= self.least_difference_k


@dataclass(frozen=True, slots=True)
class ColdEnough:
    """The other way round: a source is colder than what is needed."""

    least_difference_k: float

    def __post_init__(self) -> None:
        if self.least_difference_k <= 0:
            raise ValueError(f"heat does not flow over {self.least_difference_k} K; give > 0")

    def fits(self, source_c: float, needed_c: float) -> bool:
        """Whether a source at a temperature can cool what needs one (both degrees Celsius)."""
        return needed_c - source_c >= self.least_difference_k


@dataclass(frozen=True, slots=True)
class CleanEnough:
    """Quality classes are counted from 1, the best one: water serves its own class and worse."""

    def fits(self, source_class: float, needed_class: float) -> bool:
        """Whether a source of a class serves a demand that needs one."""
        return source_class <= needed_class


Fit = WarmEnough | ColdEnough | CleanEnough
