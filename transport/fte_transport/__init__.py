"""How the product's own clients reach Kafka and PostgreSQL: TLS, log-in, and what went wrong in words.

May live here: what control plane and data plane must do alike at a connection. It imports no other package of ours.

May not live here: what is said over the connection (records, topics, SQL), files and Secrets (the callers read them),
or anything that keeps a connection open.
"""
