"""Who writes: what a customer says of themselves, read and put in words. The store decides what of it is proven.

May live here: pure functions over texts and `fte_agent.domain.identity`. May not live here: queries, texts of replies.
"""
