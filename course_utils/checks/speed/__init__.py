"""The checks of lesson 10: the fused product, torch's attention, batches by length, packing, and counting work."""
