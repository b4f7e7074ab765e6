"""CarbonService, indicators: checks the request, asks, answers."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from parkflow.carbon.v1 import indicator_pb2 as wire
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.domain.indicators.catalogue import Refused, published
from services.carbon_accounting.domain.indicators.definitions import Definition, PeriodKind
from services.carbon_accounting.domain.indicators.paths import (
    NotYet,
    Path,
    Shape,
    Standing,
    standing,
)
from services.carbon_accounting.domain.indicators.showing import Shown
from services.carbon_accounting.domain.indicators.targets import Aimed
from services.carbon_accounting.domain.indicators.values import Known
from services.carbon_accounting.input_files.usual_numbers import usual_number
from services.carbon_accounting.live.drafts import (
    draft_of,
    faults_as_mistakes,
    formula_mistakes,
    id_in,
)
from services.carbon_accounting.live.indicators import AlreadyRetired, Indicators
from services.carbon_accounting.live.pages import Pages, by_kind
from services.carbon_accounting.live.production import Made, made_of, not_yet, put
from services.carbon_accounting.rpc.access import decided_by
from services.carbon_accounting.rpc.indicator_messages import (
    Among,
    closing_message,
    definition_message,
    interval_message,
    projected_message,
    shown_message,
    text_message,
    word_messages,
)
from services.runtime.refusals import (
    AlreadyThere,
    Conflict,
    FieldMistake,
    InvalidFields,
    NotFound,
    check_park,
)
from services.runtime.requests import who_mistakes

LONGEST_NAME, LONGEST_REASON = 200, 2_000
MOST_AMOUNTS = 10_000
KINDS = {
    wire.INDICATOR_PERIOD_KIND_LIVE: PeriodKind.LIVE,
    wire.INDICATOR_PERIOD_KIND_DAY: PeriodKind.DAY,
    wire.INDICATOR_PERIOD_KIND_MONTH: PeriodKind.MONTH,
    wire.INDICATOR_PERIOD_KIND_YEAR_TO_DATE: PeriodKind.YEAR_TO_DATE,
}
YEAR_END = wire.INDICATOR_PERIOD_KIND_YEAR_END


class IndicatorsRpc(CarbonServiceServicer):
    """Answers from what is added up already; computes nothing from readings."""

    _indicators: Indicators

    async def ListIndicators(  # noqa: N802
        self, request: wire.ListIndicatorsRequest, context: Any
    ) -> wire.ListIndicatorsResponse:
        """Return the definitions in force, or all versions."""
        check_park(request.park_id, self._indicators.park_id)
        definitions, today = await self._indicators.store.current(), self._indicators.today
        catalogue, among = definitions.catalogue, Among.of(definitions, today)
        some = catalogue.definitions if request.include_all_versions else catalogue.in_force(today)
        wanted = [one for one in some if request.indicator_id in ("", one.id)]
        if request.indicator_id and not catalogue.versions(request.indicator_id):
            raise NotFound("indicator", request.indicator_id)
        ordered = sorted(wanted, key=lambda one: (one.id, one.version))
        return wire.ListIndicatorsResponse(
            indicators=[definition_message(one, among) for one in ordered],
            words=word_messages(catalogue.vocabulary),
        )

    async def GetIndicators(  # noqa: N802
        self, request: wire.GetIndicatorsRequest, context: Any
    ) -> wire.GetIndicatorsResponse:
        """Return the page of a kind of period."""
        mistakes = []
        if request.period_kind not in (*KINDS, YEAR_END):
            what = f"{request.period_kind} is none; use 1 (live) to 5 (year end)"
            mistakes.append(FieldMistake("period_kind", what))
        check_park(request.park_id, self._indicators.park_id, mistakes)
        pages = await self._indicators.pages(request.enterprise)
        if request.period_kind == YEAR_END:
            return await asyncio.to_thread(self._kept_year_end, pages)
        return await asyncio.to_thread(self._kept_page, pages, KINDS[request.period_kind])

    def _kept_page(self, pages: Pages, kind: PeriodKind) -> wire.GetIndicatorsResponse:
        today = self._indicators.today
        return pages.kept.once(("answer", kind), lambda: self._indicator_page(pages, kind), today)

    def _kept_year_end(self, pages: Pages) -> wire.GetIndicatorsResponse:
        of = (self._indicators.today, self._indicators.forecast)
        return pages.kept.once("answer of the year", lambda: self._year_end(pages), of)

    def _indicator_page(self, pages: Pages, kind: PeriodKind) -> wire.GetIndicatorsResponse:
        page, among = pages.of(kind), Among.of(pages.definitions, self._indicators.today)
        answer = wire.GetIndicatorsResponse(
            interval=interval_message(page.span),
            indicators=[shown_message(one, among) for one in page.shown],
            identities=[closing_message(*both) for both in page.closings],
        )
        _tell_times(answer, pages)
        return answer

    def _year_end(self, pages: Pages) -> wire.GetIndicatorsResponse:
        page = pages.at_year_end(self._indicators.forecast)
        among = Among.of(pages.definitions, self._indicators.today)
        answer = wire.GetIndicatorsResponse(
            interval=interval_message(page.span),
            indicators=[projected_message(one, among) for one in page.projected],
            foreseen_by=text_message(page.says),
        )
        _tell_times(answer, pages)
        return answer

    async def GetIndicatorHistory(  # noqa: N802
        self, request: wire.GetIndicatorHistoryRequest, context: Any
    ) -> wire.GetIndicatorHistoryResponse:
        """Return an indicator by month and year, each by the version in force then."""
        check_park(request.park_id, self._indicators.park_id, [*_id_mistakes(request)])
        pages = await self._known(request.indicator_id, request.enterprise)
        return await asyncio.to_thread(self._kept_history, pages, request.indicator_id)

    def _kept_history(self, pages: Pages, indicator_id: str) -> wire.GetIndicatorHistoryResponse:
        name, today = ("history", indicator_id), self._indicators.today
        return pages.kept.once(name, lambda: self._history(pages, indicator_id), today)

    def _history(self, pages: Pages, indicator_id: str) -> wire.GetIndicatorHistoryResponse:
        found = by_kind(pages.history_of(indicator_id))
        return wire.GetIndicatorHistoryResponse(
            months=self._messages(found[PeriodKind.MONTH], pages),
            years=self._messages(found[PeriodKind.YEAR_TO_DATE], pages),
        )

    async def TryIndicator(  # noqa: N802
        self, request: wire.TryIndicatorRequest, context: Any
    ) -> wire.TryIndicatorResponse:
        """Return what a definition would have shown; nothing is switched on."""
        check_park(request.park_id, self._indicators.park_id)
        one, _ = await self._draft(request, [])
        found = await self._indicators.trial(one)
        if isinstance(found, Refused):
            raise InvalidFields(faults_as_mistakes(found, one))
        shown, pages = by_kind(found.shown), await self._indicators.pages()
        return wire.TryIndicatorResponse(
            months=self._messages(shown[PeriodKind.MONTH], pages),
            years=self._messages(shown[PeriodKind.YEAR_TO_DATE], pages),
            missing_inputs=found.missing,
            known_count=found.known_count,
        )

    async def PublishIndicator(  # noqa: N802
        self, request: wire.PublishIndicatorRequest, context: Any
    ) -> wire.PublishIndicatorResponse:
        """Switch on the next version of an indicator; the same call again is harmless."""
        check_park(request.park_id, self._indicators.park_id)
        mistakes = [*who_mistakes(request, "park_id", LONGEST_NAME, LONGEST_REASON)]
        one, document = await self._draft(request, mistakes)
        taken, wrong = await self._version_mistakes(one)
        if mistakes or wrong:
            faults = await self._faults(one)
            raise InvalidFields([*mistakes, *taken, *wrong, *faults])
        if taken:
            raise AlreadyThere(f"{taken[0].field}: {taken[0].text}")
        who = (decided_by(request, context), request.reason.strip())
        is_numbered = not request.HasField("draft") or request.draft.version > 0
        found = await self._indicators.publish(one, document, *who, is_numbered=is_numbered)
        if isinstance(found, Refused):
            raise InvalidFields(faults_as_mistakes(found, one))
        return wire.PublishIndicatorResponse(indicator=await self._definition(found))

    async def RetireIndicator(  # noqa: N802
        self, request: wire.RetireIndicatorRequest, context: Any
    ) -> wire.RetireIndicatorResponse:
        """Stop showing an indicator from a day on; the same call again is harmless."""
        mistakes = [*who_mistakes(request, "park_id", LONGEST_NAME, LONGEST_REASON)]
        mistakes += _id_mistakes(request)
        on = _day(request.retired_from, mistakes)
        check_park(request.park_id, self._indicators.park_id, mistakes)
        who = (decided_by(request, context), request.reason.strip())
        found = await self._indicators.retire(request.indicator_id, on, *who)
        if isinstance(found, AlreadyRetired):
            raise Conflict(found.why)
        versions = (await self._indicators.store.current()).catalogue.versions(request.indicator_id)
        if isinstance(found, Refused):
            _refuse_what_is_needed(found, request.indicator_id)
            raise InvalidFields(faults_as_mistakes(found, versions[-1]))
        return wire.RetireIndicatorResponse(indicator=await self._definition(versions[-1]))

    async def PutProduction(  # noqa: N802
        self, request: wire.PutProductionRequest, context: Any
    ) -> wire.PutProductionResponse:
        """Take what was made."""
        mistakes: list[FieldMistake] = []
        if not request.user.strip() or len(request.user) > LONGEST_NAME:
            mistakes.append(FieldMistake("user", f"say who, in 1 to {LONGEST_NAME} characters"))
        if not 0 < len(request.amounts) <= MOST_AMOUNTS:
            what = f"has {len(request.amounts)} amounts; give 1 to {MOST_AMOUNTS}"
            mistakes.append(FieldMistake("amounts", what))
        is_ours = request.park_id == self._indicators.park_id
        made = self._made(request, mistakes) if is_ours else []
        check_park(request.park_id, self._indicators.park_id, mistakes)
        desk = self._indicators
        who = (decided_by(request, context), request.reason.strip(), desk.clock.now())
        told = await put(desk.database, desk.park_id, made, *who)
        if isinstance(told, list):
            raise InvalidFields(told)
        return wire.PutProductionResponse(
            added_count=told.added, corrected_count=told.corrected, unchanged_count=told.unchanged
        )

    async def GetIndicatorPath(  # noqa: N802
        self, request: wire.GetIndicatorPathRequest, context: Any
    ) -> wire.GetIndicatorPathResponse:
        """Return the way to a target year, and where the newest year stands."""
        mistakes = [*_id_mistakes(request)]
        for field in ("base_year", "target_year"):
            _year(getattr(request, field), field, mistakes)
        check_park(request.park_id, self._indicators.park_id, mistakes)
        pages = await self._known(request.indicator_id, "")
        found = by_kind(await asyncio.to_thread(pages.history_of, request.indicator_id))
        years = {one.period.shown_on.year: one for one in found[PeriodKind.YEAR_TO_DATE]}
        definition = pages.definitions.catalogue.versions(request.indicator_id)[-1]
        path = path_of(request, definition, years)
        values = {y: one.value.value for y, one in years.items() if isinstance(one.value, Known)}
        return path_message(path, values, definition.unit)

    # ---- parts

    async def _known(self, indicator_id: str, enterprise: str) -> Pages:
        pages = await self._indicators.pages(enterprise)
        if not pages.definitions.catalogue.versions(indicator_id):
            raise NotFound("indicator", indicator_id)
        return pages

    def _messages(self, some: Sequence[Shown], pages: Pages) -> list[wire.ShownIndicator]:
        among = Among.of(pages.definitions, self._indicators.today)
        return [shown_message(one, among) for one in some]

    async def _draft(self, request: Any, mistakes: list[FieldMistake]) -> tuple[Definition, str]:
        """Return what was sent; InvalidFields with all mistakes of the request otherwise."""
        catalogue = (await self._indicators.store.current()).catalogue
        found = draft_of(request, len(catalogue.versions(id_in(request))) + 1)
        if isinstance(found, list):
            raise InvalidFields([*mistakes, *found, *formula_mistakes(request, catalogue)])
        return found

    async def _faults(self, one: Definition) -> list[FieldMistake]:
        """Return what would keep a definition from being published, its number apart."""
        catalogue = (await self._indicators.store.current()).catalogue
        if catalogue.published_as(one) is not None:
            return []
        found = published(catalogue, one, today=self._indicators.today)
        return faults_as_mistakes(found, one) if isinstance(found, Refused) else []

    async def _version_mistakes(
        self, one: Definition
    ) -> tuple[list[FieldMistake], list[FieldMistake]]:
        """Return whether another content has the number of a version, and whether one is wrong."""
        versions = (await self._indicators.store.current()).catalogue.versions(one.id)
        due = len(versions) + 1
        if one.version == due or one in versions:
            return [], []
        is_there = one.version < due
        what = "exists already and never changes" if is_there else "leaves a version out"
        mistake = FieldMistake(f"{one.id}.version", f"{one.version} {what}; write {due}")
        return ([mistake], []) if is_there else ([], [mistake])

    async def _definition(self, one: Definition) -> wire.IndicatorDefinition:
        definitions = await self._indicators.store.current()
        return definition_message(one, Among.of(definitions, self._indicators.today))

    def _made(self, request: wire.PutProductionRequest, mistakes: list[FieldMistake]) -> list[Made]:
        made, site = [], self._indicators.accounted.site
        for number, one in enumerate(request.amounts[:MOST_AMOUNTS]):
            at = f"amounts[{number}]"
            found = made_of(site, one.product, one.period, one.amount, one.unit, at)
            mistakes += not_yet(one.period, self._indicators.today, at)
            if isinstance(found, Made):
                made.append(found)
            else:
                mistakes += found
        return made


def _id_mistakes(request: Any) -> Iterator[FieldMistake]:
    if not request.indicator_id:
        yield FieldMistake("indicator_id", "is empty; ListIndicators tells those there are")


def _refuse_what_is_needed(refused: Refused, indicator_id: str) -> None:
    """Refuse to retire what other indicators need: the request is right, its time is not."""
    others = [fault for fault in refused.faults if fault.indicator_id != indicator_id]
    if others:
        told = "; ".join(f"{one.indicator_id}.{one.key}: {one.what}" for one in others)
        raise Conflict(f"{indicator_id} is needed by others, retire or change them first: {told}")


def path_of(request: Any, definition: Definition, years: dict[int, Shown]) -> Path:
    """Return the path that is asked for; InvalidFields with every mistake."""
    mistakes: list[FieldMistake] = []
    base_year = _year(request.base_year, "base_year", mistakes)
    target_year = _year(request.target_year, "target_year", mistakes)
    shape = request.shape or Shape.LINEAR
    if shape not in (*Shape,):
        mistakes.append(FieldMistake("shape", f"{shape!r} is none; write linear or compound"))
    base = _base(request.base, years.get(base_year), mistakes)
    target = _target(request.target, years, mistakes)
    if mistakes or base is None or target is None:
        raise InvalidFields(mistakes)
    direction = definition.targets.direction
    try:
        return Path(base_year, base, target_year, target, Shape(shape), direction)
    except ValueError as mistake:
        raise InvalidFields([FieldMistake("target_year", str(mistake))]) from None


def path_message(
    path: Path, values: dict[int, Fraction], unit: str
) -> wire.GetIndicatorPathResponse:
    """Return each year of a path and where the newest known one stands."""
    answer = wire.GetIndicatorPathResponse(unit=unit)
    for year in range(path.base_year, path.target_year + 1):
        one = answer.years.add(year=str(year), path_value=float(path.at(year)))
        if year in values:
            one.value = float(values[year])
    found: Standing | NotYet = standing(path, values)
    if isinstance(found, Standing):
        answer.standing_year, answer.on_path = str(found.year), found.on_path
        answer.beyond = float(found.beyond)
        if found.needed_step is not None:
            answer.needed_step = float(found.needed_step)
        if found.needed_rate is not None:
            answer.needed_rate_share = found.needed_rate
    return answer


def _tell_times(answer: wire.GetIndicatorsResponse, pages: Pages) -> None:
    answer.booked_until.FromDatetime(pages.standing.booked_until)
    answer.computed_at.FromDatetime(pages.standing.quarter.computed_at)


def _day(text: str, mistakes: list[FieldMistake]) -> date | None:
    """Return the day that is asked for, None for today."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        mistakes.append(FieldMistake("retired_from", f"{text!r} is no day; write 2026-01-31"))
        return None


def _year(text: str, field: str, mistakes: list[FieldMistake]) -> int:
    if text.isdecimal() and len(text) == len("2025") and int(text) > 0:
        return int(text)
    mistakes.append(FieldMistake(field, f"{text!r} is no year; write one as 2025"))
    return 0


def _base(text: str, booked: Shown | None, mistakes: list[FieldMistake]) -> Fraction | None:
    if text:
        return _number(text, "base", mistakes)
    if booked is not None and isinstance(booked.value, Known):
        return booked.value.value
    what = "is empty, and the books say nothing of the base year; give its value"
    mistakes.append(FieldMistake("base", what))
    return None


def _target(text: str, years: dict[int, Shown], mistakes: list[FieldMistake]) -> Fraction | None:
    if text:
        return _number(text, "target", mistakes)
    aim = years[max(years)].aim if years else None
    if isinstance(aim, Aimed):
        return aim.target.limit
    mistakes.append(FieldMistake("target", "is empty, and no limit holds today; give one"))
    return None


def _number(text: str, field: str, mistakes: list[FieldMistake]) -> Fraction | None:
    number = usual_number(text)
    if number is not None:
        return number
    mistakes.append(FieldMistake(field, f"{text!r} is no number; write a decimal number"))
    return None
