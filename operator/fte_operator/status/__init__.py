"""What is true, as conditions.

May live here: plain observations, pure checks from them to (status, reason, message), and the
setter that moves a transition time only when a status flips. May not live here: clients or clocks.
"""
