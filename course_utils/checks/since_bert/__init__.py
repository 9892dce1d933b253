"""The checks of lesson 13: the parts of an encoder of today, its whole layer, and attention that writes."""
