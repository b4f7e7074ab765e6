"""Months of the park's local calendar, and runs of them."""

from dataclasses import dataclass

from services.energy.site import Text


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A local calendar month."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"month {self.month} of {self.year} is none; give 1 to 12")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def following(self) -> "Month":
        """The next month."""
        years, before = divmod(self.month, 12)
        return Month(self.year + years, before + 1)


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
            found.append(found[-1].following)
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
