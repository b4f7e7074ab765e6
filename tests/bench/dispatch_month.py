"""A recorded month of the demo park, lived through with rolling plans.

Each contender meets the same month, and its courses are billed and judged as a plan of one park
problem with the truth (`tests/bench/month`). `none` steers nothing: the battery rests, vehicles
charge at once, and only what cannot go out is curtailed. `perfect` is one plan of the whole month
with the truth.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from services.dispatch.domain.foresight.peaks import expected_peak_kw
from tests.bench.measure import Result
from tests.bench.month.fleet import Fleet
from tests.bench.month.framing import foreseen, hindsight
from tests.bench.month.guards import with_headroom, with_reserve
from tests.bench.month.hindsight import Bill, billed, lived, month_problem, perfect
from tests.bench.month.outlooks import Outlooks, outlooks_of
from tests.bench.month.parts import Contract, connection, shaver
from tests.bench.month.plant import Plant
from tests.bench.month.rolling import Expects, Way, lives
from tests.bench.month.truth import DAY, Span, span_of, truth
