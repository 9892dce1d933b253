"""The checks of lesson 06: whole layers, small enough that a thousand wrong ones can be tried in a second."""
