"""Dispatch: one plan for battery, vehicles and curtailment, and a control cycle within the limits.

Consumes  telemetry.readings.v1, telemetry.deliveries.v1, market.prices.v1, market.intensity.v1,
          forecast.series.v1; at start also its own dispatch.setpoints.v1 (what had been sent).
Produces  dispatch.plans.v1 (key plan_id), dispatch.setpoints.v1 (key setpoint_id),
          dispatch.outcomes.v1 (key setpoint_id). Ids are uuid5 of park, time and inputs.
Calls     ForecastService.GetScenarios for the joint paths of an issue, where the park file says
          what import above the limit costs; a plan waits 5 s for them and is made without.
Serves    parkflow.dispatch.v1.DispatchService.
Stores    schema `dispatch`: plan (with what explains it later), setpoint (with its final state),
          manual_override, requirement and requirement_ending (rows are only added), snapshot (the
          frozen inputs of the last cycles that issued something), counter (registers of the supply
          mode: first and newest reading of the counting year).
Guarantees  The control cycle waits for nothing: not for the solver (a process of its own), not for
          the database (written behind it), not for Kafka (while nothing can be sent, nothing is
          issued, and what was issued runs out: the devices' fail-safe). There is always a plan:
          optimum, best so far, rounded, last plan shifted, rules; an independent judge accepts it
          first. Every plan that was made reaches its topic, maybe twice.
          Simulate and Frontier plan in another process, one call at a time, and touch nothing.
          Every set-point reaches exactly one final state, over restarts too. The same snapshot
          gives the same decision, so each set-point can be replayed.
"""
