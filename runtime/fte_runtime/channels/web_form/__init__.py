"""Web form: a page of ours or a script of theirs submits JSON; the answer is read on the ticket's status page."""
