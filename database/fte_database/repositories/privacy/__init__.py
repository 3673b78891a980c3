"""What is kept of a customer: its export, its erasure, and for how long it is kept at all (docs/privacy.md).

May live here: which rows are a customer's, and what becomes of each column. May not live here: topics of Kafka, routes,
and the choice of how long.
"""
