"""Console: the operators' live page, fed by the gRPC services, in Chinese and English.

Consumes  nothing from Kafka; watches TelemetryService, MarketService, ForecastService,
          DispatchService, CarbonService and AlertService; asks ValidationService and ingest's
          GetSpool and ListSources while a page is open, ForecastService how good it was, and
          CarbonService for the books of a month, indicators, matching, certificates and reports.
Produces  nothing; passes on acknowledgements, overrides, decisions about readings and about the
          books of closed months.
Serves    HTTP: the live page, the data-quality page `/quality`, the page of forecasts
          `/forecasts`, the page of carbon `/carbon`, `/api/park`,
          `/api/events` (server-sent events), `/api/past-forecasts`, `/api/day`, `/api/foreseen`,
          `/api/latency`, `/api/explain`, `/api/overrides`, `/api/acknowledge`,
          `/api/override`, `/api/cancel-override`,
          `/api/release-suspense`, `/api/judge-reading`, `/api/revoke-edit`, `/api/carbon-…`
          (carbon_pages.py), `/api/close-month`, `/api/approve-restatement`,
          `/api/reject-restatement`.
Stores    nothing: after a restart every watch begins with a snapshot.
Guarantees  What is shown is what a service said, with its time; what is stale is shown as stale.
"""
