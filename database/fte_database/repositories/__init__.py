"""The agent's ports on PostgreSQL: one class per port, one transaction per method.

May live here: rows to domain types and back, transaction boundaries. May not live here: SQL text
(it stands in ``fte_database/sql``), pools, and decisions that do not need the database to be made.
"""
