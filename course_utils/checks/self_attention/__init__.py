"""The checks of lesson 03: heads, scores, softmax, mask, and the whole of self-attention."""
