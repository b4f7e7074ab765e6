"""Discharges of a store allocated over gRPC, out of certificates in a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf import json_format

from parkflow.carbon.v1 import certificate_pb2, storage_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from parkflow.type.v1.interval_pb2 import Interval as IntervalMessage
from services.carbon_accounting.domain.inventory.site import Meter, Role, Store
from services.carbon_accounting.live.certificate_desk import CertificateDesk
from services.carbon_accounting.live.consumptions import Consumptions
from services.carbon_accounting.live.factors import LiveFactors
from services.carbon_accounting.rpc.certificates import CertificatesRpc
from services.carbon_accounting.rpc.storage import StorageRpc
from services.runtime.database import Database, migrate
from tests.support.builders import REPOSITORY
from tests.support.calls import violations
from tests.support.live_carbon import (
    METERS,
    NEW_YEAR,
    Books,
    Served,
    Wakes,
    a_site,
    clock_at,
    rules_of,
    serving,
)

DOCUMENTED = (REPOSITORY / "docs/carbon-storage.md").read_text("utf-8")
SUMMER = datetime(2025, 6, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
IN, OUT = "battery.in", "battery.out"
STORE_METERS = (
    Meter(IN, Role.CHARGE, "Wh", store="battery"),
    Meter(OUT, Role.DISCHARGE, "Wh", store="battery"),
)
HEADER = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at,trust,claim"
)
CHARGED = (
    "W0,GC,wind,farm,CN,2025-01-01T00:00+08:00,2025-01-01T00:15+08:00,2025-01-02,1000,Wh,0.009,"
    "cancelled,cloth,cloth,2025-01-03,V2,stored"
)


class _Rpc(CertificatesRpc, StorageRpc, CarbonServiceServicer):
    def __init__(self, park_id: str, desk: CertificateDesk) -> None:
        self.park_id, self.certificates, self.clock = park_id, desk, clock_at(SUMMER)


@pytest.fixture
async def served(module_database: str) -> AsyncIterator[Served]:
    """The battery took 1,000 Wh in the first quarter hour of 2025 and gave 900 in the second."""
    await migrate("carbon_accounting", module_database)
    database = Database("carbon_accounting", module_database)
    await database.start()
    stores = (Store("battery", Decimal("0.9")),)
    site = replace(a_site(uuid4().hex), meters=(*METERS, *STORE_METERS), stores=stores)
    books = Books(database, rules_of(site))
    await books.tell(IN, NEW_YEAR, 1000, 0)
    await books.tell(OUT, NEW_YEAR, 0, 900)
    await books.tell_all(NEW_YEAR, steel=[10_000, 10_000], cloth=[0, 0])
    desk = CertificateDesk(database, site, Consumptions(database, LiveFactors(site)), Wakes())
    async with serving(_Rpc(site.id, desk)) as stub:
        yield Served(stub, site.id, Wakes())
    await database.stop()


def quarter(number: int) -> IntervalMessage:
    """A quarter hour of the year, from 0."""
    found = IntervalMessage()
    found.start.FromDatetime(NEW_YEAR + number * QUARTER)
    found.end.FromDatetime(NEW_YEAR + (number + 1) * QUARTER)
    return found


def charge(**more: Any) -> storage_pb2.StorageChargeRecord:
    said = {"record_id": "c", "store": "battery", "charged": quarter(0), "certificate_id": "W0"}
    return storage_pb2.StorageChargeRecord(**said | more)


def discharge(**more: Any) -> storage_pb2.StorageDischargeRecord:
    said = {"record_id": "d", "store": "battery", "discharged": quarter(1), "discharge_wh": 450}
    return storage_pb2.StorageDischargeRecord(**said | more)


async def taken(served: Served, content: str) -> certificate_pb2.ImportCertificatesResponse:
    request = certificate_pb2.ImportCertificatesRequest(park_id=served.park_id, content=content)
    answer: certificate_pb2.ImportCertificatesResponse = await served.stub.ImportCertificates(
        request
    )
    return answer


async def allocated(
    served: Served, *discharges: storage_pb2.StorageDischargeRecord, **more: Any
) -> storage_pb2.AllocateDischargesResponse:
    said: dict[str, Any] = {
        "charges": [charge()],
        "allocation": certificate_pb2.STORAGE_ALLOCATION_FIFO,
        "efficiency_share": 0.9,
    }
    request = storage_pb2.AllocateDischargesRequest(
        park_id=served.park_id, discharges=discharges or [discharge()], **said | more
    )
    answer: storage_pb2.AllocateDischargesResponse = await served.stub.AllocateDischarges(request)
    return answer


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value


async def certificates(served: Served) -> dict[str, int]:
    """What is left of each certificate, Wh."""
    request = certificate_pb2.ListCertificatesRequest(park_id=served.park_id)
    found = (await served.stub.ListCertificates(request)).certificates
    return {one.certificate.certificate_id: one.remaining_wh for one in found}


async def test_a_discharge_is_allocated_and_nothing_is_kept(served: Served) -> None:
    await taken(served, f"{HEADER}\n{CHARGED}\n")

    found = await allocated(served)

    (pair,) = found.pairs
    assert (pair.charged_certificate_id, pair.discharge_certificate_id) == ("W0", "d/1")
    assert (pair.charged_wh, pair.discharge_wh, pair.loss_wh) == (500, 450, 50)
    assert pair.emission_ng_per_wh == 10**7  # 0.009 kg on 500 Wh put in are 0.01 kg on 450 Wh
    assert [(one.left_wh, one.gives_wh) for one in found.left] == [(500, 450)]
    assert await certificates(served) == {"W0": 1000}


async def test_the_rows_are_taken_in_and_allocated_again_as_they_are(served: Served) -> None:
    await taken(served, f"{HEADER}\n{CHARGED}\n")
    first = await allocated(served)

    answer = await taken(served, first.content)
    again = await allocated(served, discharge(), discharge(record_id="e", discharge_wh=450))

    assert (answer.certificate_count, answer.claim_count) == (1, 1)
    assert await certificates(served) == {"W0": 500, "d/1": 450}
    assert again.pairs[0] == first.pairs[0]
    await taken(served, again.content)
    assert await certificates(served) == {"W0": 0, "d/1": 450, "e/1": 450}


async def test_what_came_out_of_no_charge_is_told_and_gets_no_certificate(served: Served) -> None:
    found = await allocated(served, discharge(discharge_wh=900), charges=[])

    (one,) = found.discharges
    assert (one.covered_wh, one.uncovered_wh) == (0, 900)
    assert not found.pairs
    assert found.content.count("\n") == 1  # the header alone


async def test_what_others_issued_or_claimed_of_the_charge_is_not_charged_again(
    served: Served,
) -> None:
    await taken(served, f"{HEADER}\n{CHARGED}\n")
    await taken(served, (await allocated(served, discharge(record_id="other"))).content)

    wrong = await refusal(allocated(served))

    assert wrong.code() is grpc.StatusCode.FAILED_PRECONDITION
    ((field, text),) = violations(wrong)
    assert field == "charges[0].charge_wh"
    assert text.startswith("'1000': beyond the certificate; 500 Wh of W0 are left")


async def test_more_than_the_stores_meters_counted_is_refused(served: Served) -> None:
    await taken(served, f"{HEADER}\n{CHARGED.replace(',1000,Wh', ',1001,Wh')}\n")

    wrong = await refusal(allocated(served, discharge(discharge_wh=901)))

    told = dict(violations(wrong))
    assert set(told) == {"charges[0].charge_wh", "discharges[0].discharge_wh"}
    assert "battery was charged with 1000 Wh" in told["charges[0].charge_wh"]
    assert "battery discharged 900 Wh" in told["discharges[0].discharge_wh"]


async def test_what_the_rules_refuse_names_the_field_of_its_record(served: Served) -> None:
    operator = certificate_pb2.STORAGE_ALLOCATION_OPERATOR
    await taken(served, f"{HEADER}\n{CHARGED}\n")

    unknown = await refusal(allocated(served, charges=[charge(certificate_id="W9")]))
    unpaired = await refusal(
        allocated(served, discharge(charge_record_id="x"), allocation=operator)
    )

    assert [field for field, _ in violations(unknown)] == ["charges[0].certificate_id"]
    assert [field for field, _ in violations(unpaired)] == ["discharges[0].charge_record_id"]


async def test_what_was_put_in_without_a_certificate_certifies_nothing(served: Served) -> None:
    found = await allocated(served, charges=[charge(certificate_id="", charge_wh=1000)])

    (one,) = found.discharges
    assert (one.covered_wh, one.uncovered_wh) == (0, 450)
    assert [(left.left_wh, left.gives_wh) for left in found.left] == [(500, 450)]


async def test_the_documented_call_is_answered(served: Served) -> None:
    (asked,) = re.findall(r"grpcurl -plaintext -d '(.*?)' \S+ \S+/AllocateDischarges", DOCUMENTED)
    request = json_format.Parse(asked, storage_pb2.AllocateDischargesRequest())
    request.park_id = served.park_id
    hour = "2019-06-04T06:00+08:00,2019-06-04T07:00+08:00,2019-06-05"
    row = f"GC-2019-06-04T06,GC,wind,farm,CN,{hour},10,kWh,0,cancelled,cloth,cloth,2019-06-05,V2"
    await taken(served, f"{HEADER}\n{row},stored\n")

    found = await served.stub.AllocateDischarges(request)

    assert [(one.charged_wh, one.discharge_wh) for one in found.pairs] == [(10_000, 9_000)]


async def test_a_thousand_refusals_fit_into_an_error(served: Served) -> None:
    some = [charge(record_id=f"c{n}", certificate_id="W9") for n in range(999)]

    wrong = await refusal(allocated(served, charges=some))

    assert wrong.code() is grpc.StatusCode.FAILED_PRECONDITION
    told = [text for _, text in violations(wrong)]
    assert told
    assert any("more refusals" in text for text in told)


async def test_every_mistake_of_form_is_told_at_once(served: Served) -> None:
    backwards = IntervalMessage(start=quarter(1).end, end=quarter(1).start)

    wrong = await refusal(
        allocated(
            served,
            discharge(discharge_wh=0, discharged=backwards),
            discharge(record_id="c", store=" "),
            charges=[
                charge(certificate_id="", charged=IntervalMessage()),
                charge(record_id="e", certificate_id="W" * 201),
            ],
            allocation=9,
            efficiency_share=float("nan"),
        )
    )

    assert wrong.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert {field for field, _ in violations(wrong)} == {
        *("allocation", "efficiency_share"),
        *("charges[0].charged", "charges[0].charge_wh", "charges[1].certificate_id"),
        *("discharges[0].discharged.end", "discharges[0].discharge_wh"),
        *("discharges[1].record_id", "discharges[1].store"),
    }


async def test_records_of_more_years_than_are_looked_up_are_refused(served: Served) -> None:
    later = IntervalMessage()
    later.start.FromDatetime(NEW_YEAR + timedelta(days=801))
    later.end.FromDatetime(NEW_YEAR + timedelta(days=802))

    wrong = await refusal(allocated(served, discharge(discharged=later)))

    assert [field for field, _ in violations(wrong)] == ["discharges"]
