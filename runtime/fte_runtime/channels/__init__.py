"""Channel plug-ins: one package per type of channel, found through `registry`.

A plug-in is a package with three modules: ``settings`` (``KIND`` and ``Settings``), ``routes`` (``router``, imported by
the API alone) and ``worker`` (``sender``, ``singletons`` and ``statuses``, imported by the worker alone); `base` says
what they are called with. Beside them it has what it needs: verification, parsing of its own events, its client.

May not live here: the bus, the database, or what is common to all channels.
"""
