"""The entry points, one module per program of the image.

May live here: argument parsing, reading the configuration document, signals, exit statuses.

May not live here: what a program does; it is composed in ``wiring`` and done elsewhere.
"""
