"""The employee: what it knows, how it decides, and the gate its replies pass.

May live here: domain types, ports (Protocols), pure policy, ranking and gate, the turn, the tools'
input models, prompts and templates, the Offline model and embedder, and the Agents SDK adapter
(in ``sdk`` alone).

May not live here: drivers and clients (PostgreSQL, Kafka, HTTP), Kubernetes, environment variables,
or anything that sends or stores. Effects leave a turn only as a `Decision`.
"""
