"""The management API: what people and programs of the company ask of an employee's own data, by bearer token.

May live here: ordinary FastAPI routes with models, who may call them, cursors, and what a problem of theirs says.

May not live here: SQL, a channel's words, anything that customers reach without a token, and decisions about customers
beyond what a caller asked for. Routes are made of `context.ManagementContext`; `router.routers` is all of them.
"""
