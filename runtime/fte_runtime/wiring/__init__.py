"""The composition roots, one module per program: which adapter stands behind which port.

May live here: construction. Programs are apart so that the API does not load what only answers need.

May not live here: behaviour. Every other module takes what it needs as arguments.
"""
