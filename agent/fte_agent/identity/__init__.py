"""Who writes: what customers say of earlier contacts and of their own addresses, codes, and the past put in words.

May live here: pure functions of what was said and of `fte_agent.domain.identity`. May not live here: what a turn does
about it, approved texts, queries, or anything that decides who somebody is: the store does.
"""
