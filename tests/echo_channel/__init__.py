"""A kind of channel that this repository does not know: what a plug-in needs, and nothing else."""
