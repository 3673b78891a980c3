"""The management API: what people and programs of the company ask about customers, each with a token.

May live here: its routes, their models, who may do what. May not live here: SQL, customers' own routes.
"""
