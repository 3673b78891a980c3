"""Incubation: the employee in a sandbox without a cluster; a support lead tries its rules before production does.

May live here: an in-memory ticket store, a customer at the keyboard, a terminal chat, a one-file web form and the
MCP server. May not live here: a decision. Every turn is `fte_agent`'s own, so what is seen here is
what production does. Nothing imports this package.
"""

from fte_prototype import settings as settings  # first of all: NumPy reads the environment when it is imported
