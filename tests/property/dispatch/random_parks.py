"""Random parks for properties: sensible, tight, and contradictory ones."""

from datetime import timedelta

import numpy as np

from services.dispatch.domain.softening import Draft, DraftMode, DraftSession, DraftStorage
from tests.support.builders import MORNING


def a_random_draft(seed: int) -> Draft:
    """Return a draft; every third is contradictory, every fifth poisoned."""
    rng = np.random.default_rng(seed)
    slots = int(rng.choice([8, 24, 96]))
    hours = np.full(slots, 0.25)
    hours[0] = rng.uniform(0.02, 0.25)
    base = rng.uniform(-800, 1500) + 300 * rng.standard_normal(slots)
    sun = np.maximum(0.0, rng.uniform(0, 3000) * np.sin(np.linspace(0, np.pi, slots)))
    price = rng.uniform(-0.2 if seed % 4 == 0 else 0.02, 0.4, slots)
    intensity = np.where(rng.random(slots) < 0.1, np.nan, rng.uniform(0.05, 0.6, slots))
    tight = 0.1 if seed % 3 == 0 else 1.0
    sessions = tuple(
        DraftSession(f"charger_{k:02}", 7.0, float(rng.uniform(0, 60)), float(rng.uniform(-1, 20)))
        for k in range(1, int(rng.integers(1, 12)))
    )
    storage = DraftStorage(
        id="battery",
        power_kw=float(rng.uniform(100, 1500)),
        charge_efficiency=float(rng.uniform(0.8, 1.0)),
        discharge_efficiency=float(rng.uniform(0.8, 1.0)),
        lowest_kwh=300.0,
        highest_kwh=2850.0,
        start_kwh=float(rng.uniform(0, 3000)),
        wear_per_kwh=float(rng.choice([0.0, 0.03])),
    )
    draft = Draft(
        issue_time=MORNING,
        start=MORNING,
        step=timedelta(minutes=15),
        hours=hours,
        loads=(("net load", base),),
        import_price=price,
        export_price=rng.uniform(-0.05, 0.15, slots),
        intensity_kg_per_kwh=intensity,
        carbon_price_per_kg=0.06,
        import_limit_kw=1900.0 * tight,
        export_limit_kw=800.0 * tight,
        mode=_a_mode(float(rng.choice([-100.0, 0.0, 500.0, 1e5]))),
        storages=(storage,),
        productions=(("pv", sun),),
        sessions=sessions,
    )
    return poisoned(draft, rng) if seed % 5 == 0 else draft


def _a_mode(may_feed_in_kwh: float) -> DraftMode:
    """A fifth of the year's generation may be fed in, of which so much is left."""
    return DraftMode(feed_in_share=0.2, generated_kwh=1e6, fed_in_kwh=2e5 - may_feed_in_kwh)


def poisoned(draft: Draft, rng: np.random.Generator) -> Draft:
    """Return the draft with things in it that no park has."""
    from dataclasses import replace

    storage = draft.storages[0]
    ((name, load),), price = draft.loads, draft.import_price.copy()
    base = load.copy()
    base[rng.integers(len(base))] = np.nan
    base[rng.integers(len(base))] = 1e12
    price[rng.integers(len(price))] = -np.inf
    ill = [
        replace(storage, highest_kwh=-5.0),
        replace(storage, start_kwh=np.nan),
        replace(storage, charge_efficiency=0.0),
        replace(storage, lowest_kwh=5000.0),
        replace(storage, power_kw=np.inf),
    ]
    vehicle = draft.sessions[0] if draft.sessions else DraftSession("charger_01", 7.0, 1.0, 1.0)
    return replace(
        draft,
        loads=((name, base),),
        import_price=price,
        import_limit_kw=float(rng.choice([-1.0, np.nan, 1900.0])),
        storages=(ill[int(rng.integers(len(ill)))],),
        sessions=(replace(vehicle, wanted_kwh=-3.0), *draft.sessions[1:]),
    )
