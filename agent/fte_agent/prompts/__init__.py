"""What hosted models are told: prompt files and the loader that versions them.

May live here: instructions as Markdown. May not live here: anything a rule's effect depends on; policy,
turn and gate hold even if a model reads none of this.
"""
