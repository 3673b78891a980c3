"""What each type of channel becomes, a module each.

May live here: a type's row, and the functions in it. May not live here: anything that two types share but the form of
a row (`base`), or the name of another type.
"""
