"""Yours against the real BERT: the learner's own functions on real weights, at the end of every exercise notebook.

table.py      `against_bert("embeddings")`: runs a lesson's steps, and shows them as a picture and a table
listening.py  what the real model's parts are given and give
<topic>.py    `steps(mine, tokenizer, model)`: what is compared with what, one `Step` each

A step calls the learner's functions through `mine`; what it is compared with comes from transformers, never from the reference.
"""
