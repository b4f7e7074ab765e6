"""Training of forecasting: a process of its own, so that learning never delays a forecast.

Consumes  the schema's quarters, words of curves, weather, issues (it waits for the first) and
          requests; no topic.
Produces  versions in the registry. Of one point a training is one transaction at its end: killed at
          any moment it leaves the champion that was there, and is done again.
Stores    `model`, `standing` and the outcomes in `request_point` of schema `forecasting`; the
          serving process reads them (`services.forecasting.registry`).
Guarantees  A model serves only after it had less error than the champion on days held back from it;
          a point's first one where it had no more than the plain models that serve without any, or
          where nothing can be compared yet. One series is in memory at a time (one per worker). The
          same quarters give the same model. What one series does to our code or to its worker keeps
          no other from being trained. Idempotency key: the training's id.
"""
