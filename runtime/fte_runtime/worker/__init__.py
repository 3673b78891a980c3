"""The worker: loops that move messages from the bus to an answer, each a role of one process.

May live here: the roles, the window that bounds intake, back-off, and the supervisor of the roles.

May not live here: SQL, Kafka's client, policy, or knowledge of which adapters stand behind the ports.
"""
