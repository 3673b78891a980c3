"""Approved documents: cut into sections, embedded, held in memory, ranked.

May live here: what is done with sections before a reply quotes them. May not live here: a database, a model, or
a decision about a customer.
"""
