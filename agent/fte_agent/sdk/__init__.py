"""The adapter to the OpenAI Agents SDK: it carries calls between a hosted model and the turn.

May live here: everything that imports ``agents``, ``openai`` or its HTTP client. May not live here: a control. Order,
limits and effects come from the turn, whatever the SDK does.
"""
