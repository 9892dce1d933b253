"""The checks of lesson 05: numbers where the forms of GELU differ, and functions that hide what they do between tokens."""
