"""The intake API: one application made of the routers of the plug-ins that are bound.

May live here: composition, the contracts it publishes, and what belongs to no kind of channel.

May not live here: a channel's routes or words (``channels``), SQL, Kafka's client, or anything that answers.
"""
