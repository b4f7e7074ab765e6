"""Forecasting: what the park's loads, sun and wind will do next, and how sure that is.

Consumes  telemetry.readings.v1 (from the beginning of the topic: the backfill comes the same way,
          so the past needs no second path through HistoryService). Read in bulk: an offset is
          committed only after the database has the batch.
Produces  forecast.series.v1, forecast.nowcast.v1; idempotency key (park, issue time) of each.
Serves    parkflow.forecast.v1.ForecastService.
Stores    schema `forecasting`: point, sample (usable readings of the last weeks), quarter (their
          means), issue (every issue as it was published), nowcast (of the last two days),
          past_errors (what scenarios of the last two weeks' issues are drawn from), score,
          score_day and scored_until (how good issues were, by class of horizons; key (park, point,
          class, issue time)), weather (forecasts of others as they came; key with known-at); model,
          standing and request of the registry.
Guarantees  An issue uses only quarters that end at or before its issue time. Samples stand by
          (point, event time) as in history, and a quarter's mean is always recomputed from all its
          samples, so any order and any repetition of frames leaves the same means. An issue is
          written once, before it is published, and published again after a restart. After an
          outage only the newest issue is made. An issue waits (not for ever, `domain.issuing`)
          until the sources that were moving have completed the quarter before it.

          A nowcast of a minute uses only minutes before it, and is made once; when the process
          is behind, only the newest. Scenarios of an issue are the same whenever asked for.

Outlooks  Issues are answers of `domain/outlook` (docs/forecasting.md) by the registry's champion
          of each point, or by plain models where there is none (`states`); `training` is another
          process. Learning libraries are loaded when first needed, after the newest issue is
          served again.

Series  One per electric load (`active_power_w`), gas load (`thermal_power_w`), PV and wind
          turbine, 192 quarters long, and sums of the electric ones. `pv.active_power_w` is the
          **uncurtailed** production: it is forecast from `pv.available_power_w` where the park
          file has that point, and is negative as all production is (§2.2). A series without any
          history is absent (§4).
          The charging fleet is left out: what its meters show is already steered; its demand
          follows from the vehicles' announcements, which dispatch reads itself.
"""
