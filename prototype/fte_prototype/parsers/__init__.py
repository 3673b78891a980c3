"""Raw messages as their channels deliver them, as `InboundMessage`.

May live here: a parser per channel, each a function of bytes or fields. May not live here: a network, a clock or
a decision. Whatever comes in, the only error is `InvalidMessage`.
"""
