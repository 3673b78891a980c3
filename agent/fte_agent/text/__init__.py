"""Plain text and what can be read off it: language, words, sentences, courtesy, questions, numbers to mask.

May live here: pure functions of text. May not live here: anything that knows of customers, turns or replies.
"""
