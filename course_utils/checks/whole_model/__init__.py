"""The checks of lesson 07: the first class among the answers, built from a config and given weights by name."""
