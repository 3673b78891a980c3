"""Raw messages as their channels deliver them, as `InboundMessage`: one parser per kind of channel.

May live here: functions of bytes or fields, and the fields a channel has. May not live here: a network, a clock, a
signature or a decision. Whatever comes in, the only error is `InvalidMessage`.
"""
