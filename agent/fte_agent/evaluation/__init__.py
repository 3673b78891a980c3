"""Plays labelled tickets through the real turn and scores how they end.

May live here: the suite's format, the player, the scores and the report as values. May not live here: files,
databases, terminals, or anything that makes a ticket easier than a customer's.
"""
