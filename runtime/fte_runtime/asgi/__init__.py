"""What every HTTP surface has in common, whichever plug-in or program serves it.

May live here: the raw route, bodies within bounds, problems as answers, headers.

May not live here: a surface's paths or words, and anything that knows a channel.
"""
