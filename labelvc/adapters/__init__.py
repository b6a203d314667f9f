"""Neighbours behind extras, imported only by the command that needs them."""
