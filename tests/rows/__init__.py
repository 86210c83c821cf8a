"""How the rows of the fact tables are called in the dialogues: one module a protocol.

Each has TABLES: the table's name without ".tsv", and a function that takes a row (its cells) and
gives the keys that must all be covered.  A key may hold * for "any of these".  Where its first
column does not tell rows apart, NAMES has a function that gives the row's name for the list of
reasons.
"""
