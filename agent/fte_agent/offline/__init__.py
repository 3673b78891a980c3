"""The employee without a hosted model: a sentence embedder in NumPy and a model that only quotes.

May live here: what answers without key and network, and the weights it reads. May not live here: any
call over a network, and any judgement that a hosted model would need too (that is policy, gate, ranking).
"""
