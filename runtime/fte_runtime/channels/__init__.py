"""Channel adapters: from a channel's own format to `InboundMessage`, and replies back out.

May live here: one module or folder per channel with its parsing, its checks and its `ReplySender`.

May not live here: routes, the bus, the database, or what is common to all channels.
"""
