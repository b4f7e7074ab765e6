"""Forecasting: what the park's loads, sun and wind will do next, and how sure that is.

Consumes  telemetry.readings.v1 (from the beginning of the topic: the backfill comes the same way,
          so the past needs no second path through HistoryService). Read in bulk: an offset is
          committed only after the database has the batch.
          market.prices.v1 and market.intensity.v1, from the beginning and in bulk, too.
Produces  forecast.series.v1, forecast.nowcast.v1; idempotency key (park, issue time) of each.
Serves    parkflow.forecast.v1.ForecastService.
Stores    schema `forecasting`: point, sample (usable readings of the last weeks), quarter (their
          means), issue (every issue as it was published), nowcast (of the last two days),
          port_word (what ports said, key (park, port, quarter)), fleet_said (what was said of a
          fleet's next hours, key (park, point, issue)), past_errors (what scenarios of the last
          two weeks' issues are drawn from), score, score_day and scored_until (how good issues
          were, by class of horizons; key (park, point, class, issue time)), weather (forecasts of
          others as they came; key with known-at), market_word (what curves said of quarters; key
          (park, signal, quarter, known-at, source)), signal_score and signal_scored_until (as
          score, of signals; key (park, signal, class, issue time)); model, standing and request of
          the registry.
Guarantees  An issue uses only quarters that end at or before its issue time. Samples stand by
          (point, event time) as in history, and a quarter's mean is always recomputed from all its
          samples, so any order and any repetition of frames leaves the same means. An issue is
          kept once, then shown, then published, and published again after a restart. After an
          outage only the newest issue is made. Tidying and daily reckoning keep no issue waiting,
          and a fault of one series none of the others. An issue waits (not for ever,
          `domain.issuing`) until the sources that were moving have completed the quarter before it.

          Curves are kept as what was said and since when it was known, so any order and any
          repetition leaves the same rows, and an issue uses only what was known by then.

          A nowcast of a minute uses only minutes before it, and is made once; when the process
          is behind, only the newest. Scenarios of an issue are the same whenever asked for.

Outlooks  Issues are answers of `domain/outlook` (docs/forecasting.md) by the registry's champion
          of each point, or by plain models where there is none (`states`); `training` is another
          process, asked for a new model where a champion cannot be read or fails (`renewals`;
          key (park, point, day)). Learning libraries are loaded when first needed, after the newest
          issue is served again.

Series  One per electric load (`active_power_w`), gas load (`thermal_power_w`), PV, wind turbine
          and charging fleet, 192 quarters long, and sums over the park, its tenants and nodes.
          `pv.active_power_w` is the **uncurtailed** production: it is forecast from
          `pv.available_power_w` where the park file has that point, and is negative as all
          production is (§2.2). A series without any history is absent (§4).
          `charging.active_power_w` is the fleet's **unsteered** demand (`domain/charging`): its
          meters show what dispatch has already moved. It is made of what ports say of their
          vehicles, and kept as samples and quarters of that point. Dispatch plans the vehicles
          that are there by their announcements and does not read this series.
          Besides, `market.import_price` and `market.carbon_intensity`, in their own units: what
          was published is told as it was, and an outlook counts from where that ends
          (`signal_issuer`). The later known-at wins slot by slot, whoever published it.
"""
