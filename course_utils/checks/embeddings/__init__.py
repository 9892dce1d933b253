"""The checks of lesson 02. Later lessons inherit the mistakes of `layer_norm`, so its bank is the longest."""
