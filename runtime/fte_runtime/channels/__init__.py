"""Channel plug-ins: one package per type of channel, found through `registry`.

A plug-in is a package with three modules: ``settings`` (``KIND`` and ``Settings``), ``routes`` (``router`` and
``CONTRACT``, imported by the API alone) and ``worker`` (``sender``, ``singletons`` and ``statuses``, imported by the
worker alone); `base` says what they are called with, `intake` holds what intake routes of any kind do alike. Beside
them a plug-in has what it needs: verification, parsing of its own events, its client.

May not live here: the bus, the database, or a kind's name outside its plug-in.
"""
