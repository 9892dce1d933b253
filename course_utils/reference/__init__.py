"""The answer key: a whole BERT in plain PyTorch, one module a topic, written to be read.

Every public function is an exercise, too: its docstring is the statement, its body the solution. Nothing here
knows of the checks, and nothing here needs transformers: the tests prove each function equal to it.
"""
