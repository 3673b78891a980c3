"""Who writes: what customers say of earlier contacts and of their own addresses, codes, and what may be told.

May live here: pure functions of what was said and of what the store knows. May not live here: what a turn does about
it, approved texts, or anything that decides who somebody is.
"""
