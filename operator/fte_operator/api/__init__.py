"""The custom resources as values: frozen models of what ``crds/`` publishes, one module per version.

May live here: fields, constants' defaults and the rules that the schema also holds (a stored object may be
older than a rule). May not live here: defaults derived from other fields (`desired.defaults`), I/O, or
anything about what is made out of a resource.
"""
