"""The gate: deterministic checks that every reply of a model passes before it may leave its turn.

May live here: checks on values, and the evidence they check against. May not live here: I/O, a model, or a repair.
"""
