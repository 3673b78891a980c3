"""When a message is a person's business: rules read from Markdown, and the classifier that applies them.

May live here: the rules' format, their words, and what is learned from their examples. May not live here: what
becomes of a message that must be escalated (that is the turn), or a file.
"""
