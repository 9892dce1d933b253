"""What the course hands out ready-made on top of the answer key. It imports the reference, never the other way round.

trace.py          one layer with all its intermediate results
packed.py         the whole encoder without padding
tiny_language.py  the tiny language's vocabulary, grammar, sentences and questions
tiny_model.py     the tiny masked language model and its training
corpus.py         the sentences that lesson 08 searches in
hidden_means.py   one vector per text at every hidden state
uncased.py        an uncased tokenizer, whatever model COURSE_MODEL names
race.py           the stored race, as `python -m bench race` measured it
sentences.py      sentences of very different lengths, to measure with
encoders.py       the ways to encode texts that lesson 10 compares
fewer_bits.py     the encoder in 16 and in 8 bits
gradients.py      how long gradients are in a stack of layers, by depth and wrapping
messages.py       the messages that lesson 12 sorts by what they are about
intents.py        the model that lesson 12 fine-tunes, its training, and a baseline without training
lora.py           LoRA: the dense layers that it corrects, put into a model and merged into its weights again
fine_tune.py      the stored learning curve of lesson 12, as `python -m bench fine_tune` measured it
limits.py         the matrix products that no encoder can do without
"""
