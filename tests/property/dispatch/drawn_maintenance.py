"""Stores and ports that are there in part, or in maintenance; other numbers stay as drawn."""

from dataclasses import replace

import numpy as np

from services.dispatch.domain.park.problem import ParkProblem

SHARES = (0.0, 0.3, 1.0, 1.0, 1.0)


def in_maintenance(problem: ParkProblem, seed: int) -> ParkProblem:
    """Return the park with maintenance of every other store and vehicle's port."""
    rng = np.random.default_rng((seed, 35))
    steps = len(problem.horizon)

    def there() -> float | tuple[float, ...]:
        if rng.random() < 0.5:
            return 1.0
        return tuple(float(share) for share in rng.choice(SHARES, steps))

    return replace(
        problem,
        stores=tuple(replace(store, availability=there()) for store in problem.stores),
        sessions=tuple(replace(session, availability=there()) for session in problem.sessions),
    )
