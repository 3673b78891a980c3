"""Domain types: frozen dataclasses and enums on the standard library alone, no behaviour with effects."""
