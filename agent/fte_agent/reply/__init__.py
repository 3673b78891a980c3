"""What a customer reads: approved templates, and the form of each kind of channel.

May live here: texts and their formatting. May not live here: whether to reply, or how a reply is sent.
"""
