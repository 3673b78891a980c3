"""Kafka topics as the operator sees them.

May live here: the Protocol and its adapter on the AdminClient. May not live here: names, counts or
retention of topics (pure, in `desired`), producers and consumers (the runtime's).
"""
