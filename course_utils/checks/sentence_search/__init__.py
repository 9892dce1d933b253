"""The checks of lesson 08: the masked mean, unit vectors, embedding texts, the cosine matrix and the search."""
