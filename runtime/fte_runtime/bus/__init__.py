"""The bus: a port in ``base`` and its Apache Kafka adapter, the only place that knows the client.

May live here: connections, offsets, deadlines.

May not live here: what records mean (``events``), or what is done with them (``worker``).
"""
