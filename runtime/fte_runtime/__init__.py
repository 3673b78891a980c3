"""The data plane's processes: intake API, worker, migration and knowledge jobs.

May live here: the configuration schema, HTTP routes, channel adapters, the bus port and its Kafka
adapter, worker loops, health, logging and the composition of all of them.

May not live here: SQL, policy or prompts, and anything of Kubernetes: each process knows one
configuration document and some secret files, whoever wrote them.
"""
