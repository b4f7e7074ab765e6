"""Runs of local months."""

from dataclasses import dataclass

from services.carbon_accounting.domain.local_month import Month
from services.energy.site import Text


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, the last one included."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period from {self.first} to {self.last} ends before it begins")

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    @property
    def months(self) -> tuple[Month, ...]:
        """Every month in it, in order."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(found[-1].plus(1))
        return tuple(found)

    @property
    def text(self) -> Text:
        """How it is written on a cover."""
        if self.first == self.last:
            return Text(str(self.first), str(self.first))
        return Text(f"{self.first} to {self.last}", f"{self.first} 至 {self.last}")

    @property
    def text_of_last(self) -> Text:
        """Its last month, and from when its course is shown."""
        if self.first == self.last:
            return self.text
        return Text(
            f"{self.last} (course from {self.first})", f"{self.last}（逐月自 {self.first}）"
        )
