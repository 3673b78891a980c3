"""What the management API reads, and the word that it leaves of each reading of a customer.

May live here: rows as values, one method for one route, with its line in ``audit_log`` in the same transaction.
May not live here: who may ask (the runtime's), writes besides that line, and what depends on whether something exists:
a method makes the same statements either way.
"""
