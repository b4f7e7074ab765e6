"""The reference park's batches: two in sequence, one that may be split, one with heat."""

from services.dispatch.domain.park.demand import Process


def batches(end_h: float, works: str, yard: str, *, heat: bool) -> tuple[Process, ...]:
    """Return six processes; half of them run on the second day where there is one."""
    later = 24.0 if end_h >= 48.0 else 0.0
    return (
        Process(
            id="melting",
            flows_kw={works: (300.0, 600.0, 600.0, 400.0)},
            duration_h=2.0,
            earliest_h=6.0,
            latest_end_h=14.0,
        ),
        Process(
            id="annealing",  # takes the melt on its way: an hour of cooling in between
            flows_kw={works: (250.0, 150.0)},
            duration_h=3.0,
            earliest_h=8.0,
            latest_end_h=22.0,
            after="melting",
            gap_h=1.0,
        ),
        Process(
            id="irrigation",
            flows_kw={yard: (110.0,)},
            duration_h=5.0,
            latest_end_h=23.0,
            most_starts=3,
            least_run_h=1.0,
        ),
        Process(
            id="milling",
            flows_kw={works: (320.0,)},
            duration_h=4.0,
            earliest_h=later,
            latest_end_h=later + 22.0,
        ),
        Process(
            id="drying",
            flows_kw={works: (90.0,)} | ({"heat": (250.0, 180.0)} if heat else {}),
            duration_h=2.5,
            earliest_h=later + 5.0,
            latest_end_h=later + 19.0,
        ),
        Process(
            id="compressing",
            flows_kw={yard: (200.0,)},
            duration_h=1.5,
            earliest_h=later + 2.0,
            latest_end_h=later + 23.5,
            missed_price=400.0,  # bottled gas bought instead
        ),
    )
