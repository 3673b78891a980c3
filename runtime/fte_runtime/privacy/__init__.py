"""Export, erasure and retention of what is kept of customers, over every store (docs/privacy.md).

May live here: in which order the stores are erased, which records of the bus are a person's, the shape of an export
and of a receipt. May not live here: SQL, clients of the bus, routes, command lines.
"""
