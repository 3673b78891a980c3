"""The intake API: receives, verifies, publishes; and shows a customer their ticket.

May live here: routes, limits, the form page and the services behind them.

May not live here: a channel's format (``channels``), SQL, Kafka's client, or anything that answers.
"""
