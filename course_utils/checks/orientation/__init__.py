"""The checks of lesson 00: counting, comparing, picking, replaying, repeating."""
