# %% [markdown]
# # 12 · What you proved
#
# **What this page is for:** to run the whole of BERT once more, from the first character to the last vector, on functions that
# you wrote; to see what you have proven; and to choose where to go from here.
#
# **What you need:** whatever you have passed. Where an exercise is still open, the reference's function stands in and says so.
#
# **Time:** about 15 minutes.

# %%
import torch

from course_utils import certificate, load_model, progress

torch.set_grad_enabled(False)  # nothing is trained here
tokenizer, real = load_model()
real.config.output_hidden_states = True

# %% [markdown]
# ## Text in, vector out, all of it yours
#
# A model needs three things: a tokenizer, the class `Bert`, and weights. The lines that these imports print say which functions are
# your own.

# %%
from course_utils.my_bert import Bert, encode, load_reference_weights, pad_batch, same_model

mine = Bert(real.config)
missing, unexpected = load_reference_weights(mine, real.state_dict())
mine.eval()
print("tensors that were missing:", len(missing), "· left over:", len(unexpected))

# %%
pairs = [("this is a 12212121 test sentence", "Is it?"), ("naïve café", "unaffable people stood in a long line there")]
rows = [encode(first, second, tokenizer.get_vocab()) for first, second in pairs]
input_ids, attention_mask = pad_batch([row["input_ids"] for row in rows])  # (2, tokens) each, the shorter row padded
token_type_ids, _ = pad_batch([row["token_type_ids"] for row in rows])
batch = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}

theirs = tokenizer(*map(list, zip(*pairs, strict=True)), padding=True, return_tensors="pt")
for key, tensor in batch.items():
    print(f"{key:<15}{tuple(tensor.shape)}  equal to the tokenizer's own:", torch.equal(tensor, theirs[key]))

# %%
differences = same_model(mine, real, batch)
for place, difference in differences.items():
    print(f"{place:<18}", "the same, below 1e-4" if difference < 1e-4 else "DIFFERENT")

# %% [markdown]
# Every hidden state agrees, from the sum of three tables to the last layer and the pooler, and padding has changed nothing. Nothing
# on the way from the text to these numbers is hidden from you any more.
#
# ## Your map
#
# A box is green once everything in its lesson is proven.

# %%
progress()

# %% [markdown]
# ## Something to keep
#
# `certificate()` counts the functions that you have proven. With your name and a file it writes one page of HTML that needs no
# network: the map, the list of all checks with those that you passed, and the code with which you passed them. For example
# `certificate("Ada Lovelace", "inside-bert.html")`.

# %%
certificate()

# %% [markdown]
# ## What has changed since 2018
#
# BERT is the plain form of something that has been improved in many places. You know each of these places by its line of code. In
# bold, the name under which you will meet the change:
#
# | in BERT | what newer encoders do | where to read |
# |---|---|---|
# | a learned table of positions, 512 rows (02) | **RoPE**, rotary positions: turn query and key by an angle that grows with the position | RoFormer, arXiv 2104.09864 |
# | norm after the residual (04) | **pre-LN**: norm before the sublayer, which trains deep stacks without a warm-up | Xiong et al., arXiv 2002.04745 |
# | GELU in the feed-forward (05) | **GeGLU**: one half of the inner layer gates the other | Shazeer, arXiv 2002.05202 |
# | the score matrix in memory (03, 10) | **FlashAttention**: computed in tiles that are never stored | Dao et al., arXiv 2205.14135 |
# | padded batches (10) | **unpadding**: no padding at all, in training too | ModernBERT, arXiv 2412.13663 |
# | next-sentence prediction (07) | **no NSP**: left out; results stay as good, or get slightly better | RoBERTa, arXiv 1907.11692 |
# | guess the hidden 15 % (11) | **replaced-token detection**: tell for every token whether it was replaced | ELECTRA, arXiv 2003.10555 |
# | twelve layers, trained alone | **distillation**: fewer layers, taught by the large model | DistilBERT, arXiv 1910.01108; MiniLM, arXiv 2002.10957 |
#
# ## Where to go next
#
# **Read.** *Attention Is All You Need* (arXiv 1706.03762) and *BERT* (arXiv 1810.04805) once more, now that every formula in
# them is a function of yours. *A Primer in BERTology* (arXiv 2002.12327) collects what is known about the inside;
# *Sentence-BERT* (arXiv 1908.10084) is where lesson 08 comes from.
#
# **Use.** `transformers` runs these models and thousands more; `sentence-transformers` trains them for search; `tokenizers` is
# the fast way to do what lesson 01 did by hand. You can read their sources now: begin with `BertModel` itself.
#
# **Build.** Three things that are a short way from here:
#
# - Let each token see only itself and the tokens before it (one line in the mask of lesson 03), and make the next token its label:
#   this is the task of GPT. Train it with the loop of lesson 11.
# - Replace the position table of lesson 11's model by rotated queries and keys, train it anew, and look for a head that looks at the
#   previous token, as in lesson 09.
# - Run this course on another BERT: stop it, and start it with `COURSE_MODEL=bert-base-uncased make lab`, or another name or folder.
#   Every proof holds there, too.
