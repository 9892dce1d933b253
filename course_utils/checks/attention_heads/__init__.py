"""The checks of lesson 09: statistics of attention, a head switched off, and one word in several texts."""
