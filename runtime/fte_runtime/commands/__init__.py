"""The entry points, one module per program of the image.

May live here: argument parsing, reading the configuration document, signals, exit statuses.

May not live here: what a program does; it is composed in ``wiring`` and done elsewhere.
"""

from fte_runtime import settings as settings  # first of all: NumPy reads the environment when it is imported
