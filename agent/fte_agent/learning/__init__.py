"""Learning from people: what a person answered becomes a proposal, which is used only once a person approves it.

May live here: pure functions from answers to proposed sections and tickets. May not live here: files, a database, and
anything by which a turn could read a proposal.
"""
