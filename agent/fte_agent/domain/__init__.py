"""Domain types: frozen dataclasses and enums on the standard library alone.

May live here: what a message, a turn, a reply or a section is. May not live here: behaviour with effects, or a
library.
"""
