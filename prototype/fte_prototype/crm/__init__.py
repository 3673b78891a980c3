"""A CRM in memory with the semantics of ``fte_database``: what a statement does there, a function does here.

May live here: rows, the transitions of ingest, claim and commit, and read-only views. May not live here: a rule
that PostgreSQL's side does not have. One process and one thread: no function awaits, so each is a transaction.
"""
