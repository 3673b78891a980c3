"""Kafka topics as the operator sees them.

May live here: the Protocol, its adapter on the AdminClient, and the child process that the adapter is confined to. May
not live here: names, counts or retention of topics (pure, in `desired`), producers and consumers of messages (the
runtime's).
"""
