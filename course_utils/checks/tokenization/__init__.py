"""The checks of lesson 01: texts that no half-right tokenizer survives."""
