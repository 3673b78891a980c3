"""E-mail by Gmail: Pub/Sub's pushes as hints, the Gmail API for everything else."""
