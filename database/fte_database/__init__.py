"""The CRM: PostgreSQL with pgvector behind the agent's ports.

May live here: the pool, numbered migrations, named SQL in files, typed repositories that implement
`fte_agent.ports`, and the errors they raise. The only package that imports ``asyncpg``.

May not live here: decisions about customers (policy, ranking, texts), Kafka, HTTP, environment
variables. A repository method is one transaction and one outcome.
"""
