"""The operator's own metrics, for Prometheus. Names end with their unit."""

from prometheus_client import Counter, Gauge, Histogram

RECONCILES = Counter("fte_operator_reconciles_total", "Reconciles by kind and result.", ["kind", "result"])
RECONCILE_SECONDS = Histogram("fte_operator_reconcile_seconds", "Time of one reconcile.", ["kind"])
RECONCILES_ACTIVE = Gauge("fte_operator_reconciles_active", "Reconciles running now.", ["kind"])
QUEUE_DEPTH = Gauge("fte_operator_queue_keys", "Keys that are due and wait for a worker.")
QUEUE_ADDS = Counter("fte_operator_queue_adds_total", "Times a key was handed to the queue.")
QUEUE_RETRIES = Counter("fte_operator_queue_retries_total", "Times a key was put back after a failure.")
QUEUE_OLDEST_SECONDS = Gauge("fte_operator_queue_oldest_seconds", "How long the oldest due key has waited.")
API_REQUESTS = Counter("fte_operator_api_requests_total", "Calls of the API server.", ["verb", "kind", "code"])
LEADER = Gauge("fte_operator_leader", "1 while this replica holds the Lease.")
WATCH_STALE = Gauge("fte_operator_watch_stale", "1 while a watched kind lags behind a list of it.", ["kind"])
