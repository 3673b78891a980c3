"""One turn: a burst of customer messages in, a `Decision` out; tools, their ledger and the policy before them.

May live here: the order of a turn, its tools and limits. May not live here: a model, a driver, or anything that
has an effect outside the turn.
"""
