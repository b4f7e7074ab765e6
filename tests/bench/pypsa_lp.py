"""The rival: the linear park as a PyPSA user would write it, solved by HiGHS in its own process.

`python -m tests.bench.pypsa_lp PROBLEM.json REPEATS ANSWER.json` writes its cost and how long it
took. HiGHS and OR-Tools crash in one process, so nothing of ours but the document is used here.

The same problem: batteries are storage units (levels are usable energy, so they begin at 0),
export is a generator that only takes, the demand charge is the import's size to be invested in
beyond the remembered peak, and what is left at the end earns by `marginal_cost_storage`. Violations
have no columns here: none is used at the optimum.
"""

import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

Document = dict[str, Any]


def network(park: Document) -> Any:
    """Return the park as a network."""
    import pandas as pd
    import pypsa

    steps, step_h = park["horizon"]["steps"], park["horizon"]["step_h"]
    n = pypsa.Network(snapshots=range(steps))
    n.snapshot_weightings = n.snapshot_weightings * step_h
    n.add("Bus", "electricity")
    loads = pd.DataFrame({load["id"]: series(load["power_kw"], steps) for load in park["loads"]})
    n.add("Load", loads.columns, bus="electricity", p_set=loads)
    for source in park["productions"]:
        peak_kw = max(source["available_kw"])
        n.add(
            "Generator",
            source["id"],
            bus="electricity",
            p_nom=peak_kw,
            p_max_pu=np.array(source["available_kw"]) / peak_kw,
        )
    _add_grid(n, park["grids"][0])
    _add_batteries(n, pd.DataFrame(park["stores"]).set_index("id"), park["grids"][0])
    return n


def _add_grid(n: Any, grid: Document) -> None:
    charge = grid["demand_charge"]
    n.add(
        "Generator",
        "import",
        bus="electricity",
        p_nom_extendable=True,
        p_nom_min=charge["peak_so_far_kw"],
        p_nom_max=grid["import_limit_kw"],
        capital_cost=charge["price_per_kw"],
        marginal_cost=np.array(grid["import_price"]),
    )
    n.add(
        "Generator",
        "export",
        bus="electricity",
        p_nom=grid["export_limit_kw"],
        p_min_pu=-1.0,
        p_max_pu=0.0,
        marginal_cost=np.array(grid["export_price"]),
    )


def _add_batteries(n: Any, stores: Any, grid: Document) -> None:
    import pandas as pd

    hours = n.snapshot_weightings.objective.iloc[-1]
    # PyPSA loses nothing of what is there at the beginning during the first step; ours does.
    kept = (1.0 - stores.loss_share_per_h) ** hours
    worth = min(grid["import_price"]) * stores.charge_efficiency
    at_the_end = pd.DataFrame(0.0, index=n.snapshots, columns=stores.index)
    at_the_end.iloc[-1] = -worth / hours
    n.add(
        "StorageUnit",
        stores.index,
        bus="electricity",
        p_nom=stores.charge_kw,
        max_hours=stores.highest_kwh / stores.charge_kw,
        efficiency_store=stores.charge_efficiency,
        efficiency_dispatch=stores.discharge_efficiency,
        standing_loss=stores.loss_share_per_h,
        marginal_cost=stores.wear_per_kwh,
        marginal_cost_storage=at_the_end,
        state_of_charge_initial=kept * stores.start_kwh,
        cyclic_state_of_charge=False,
    )


def series(value: float | list[float], steps: int) -> Any:
    """Return a number or a list as an array, (steps,)."""
    return np.broadcast_to(np.asarray(value, np.float64), (steps,))


def solved(park: Document, io_api: str | None) -> tuple[Any, dict[str, float]]:
    """Return the solved network, and how long all of it and `optimize` alone took, in seconds."""
    began, cpu_began = time.perf_counter(), time.process_time()
    n = network(park)
    written = time.perf_counter()
    more = {} if io_api is None else {"io_api": io_api}
    status, condition = n.optimize(
        solver_name="highs",
        solver_options={"output_flag": False},
        include_objective_constant=False,
        **more,
    )
    ended, cpu_s = time.perf_counter(), time.process_time() - cpu_began
    if (status, condition) != ("ok", "optimal"):
        raise RuntimeError(f"PyPSA says {status}, {condition}")
    return n, {"whole_s": ended - began, "optimize_s": ended - written, "cpu_s": cpu_s}


def cost(n: Any, park: Document) -> float:
    """Return what our planner calls the cost: new peaks only."""
    charge = park["grids"][0]["demand_charge"]
    return float(n.objective) - charge["peak_so_far_kw"] * charge["price_per_kw"]


def main() -> None:
    """Measure each way to hand the model to HiGHS; the quickest run of the quicker one counts."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    park = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answers = {}
    for name, io_api in (("files", None), ("direct", "direct")):
        runs = []
        for _ in range(1 + int(sys.argv[2])):  # the first one warms up
            n, times = solved(park, io_api)
            solver_s = n.model.solver_model.getRunTime()
            runs.append(times | {"solver_s": solver_s, "cost": cost(n, park)})
        answers[name] = min(runs[1:], key=lambda run: run["whole_s"])
    Path(sys.argv[3]).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main()
