# %% [markdown]
# # 13 · What has changed since
#
# **What you will build:** the layer of an encoder of today, one change at a time. Each begins with a question, *what was wrong
# with the old part?*, and a cell that answers it; each new part is proven equal to the library's. At the end one triangle in
# the mask turns the encoder into a model that writes.
#
# **What you need:** the layer from lessons 03 to 06, packing from lesson 10, and what a step of training is (lessons 11 and 12).
#
# **Time:** about 120 minutes with the [exercises](../exercises/13_since_bert.ipynb).

# %% [markdown]
# ## Before you begin
#
# Three things about BERT that are about to change.

# %% [markdown]
# **Recall.** How does BERT know that a token is the sixth of its text?
#
# - [x] By a row of a table, added once | Row 5 of the position table is added to the word's row, before the first layer (lesson 02). No layer adds it again.
# - [ ] By the order of the rows in attention | Attention does not see an order: shuffle the tokens, and its result is shuffled.
# - [ ] By a number that each layer passes on | The layers pass on vectors, and nothing else. What is known of the place is in them.

# %% [markdown]
# **Recall.** A sublayer of BERT has computed its update. What is normalised next?
#
# - [ ] The update, and then x is added to it | Then x itself would never be normalised. Lesson 04 has this among its wrong ones.
# - [ ] x, on its way into the next sublayer | So do GPT-2 and most later models. BERT normalises afterwards.
# - [x] x with the update already added to it | norm(x + update): post-LN, lesson 04. So everything that goes on has been through the norm.

# %% [markdown]
# **Recall.** In a packed row, several texts lie one after the other. What keeps them apart?
#
# - [ ] A `[PAD]` token after each of the texts | Packing is there to have no padding at all.
# - [x] A mask in blocks, and own positions | The mask hides the other texts, and each text's positions begin again at 0 (lesson 10).
# - [ ] The [SEP] at the end of each, by itself | A token may look past any [SEP], unless a mask forbids it.

# %%
import torch
import torch.nn.functional as F

from course_utils import embed, load_model, max_abs_diff

torch.set_grad_enabled(False)  # but for one cell, nothing is trained here
tokenizer, model = load_model()
texts = [
    "this is a 12212121 test sentence",
    "The river bank was muddy.",
    "Could you tell me where the station is, please?",
    "She found the key under a loose stone by the garden gate.",
]
vectors = embed(texts, tokenizer, model)  # (4, d), unit vectors


def cosines(others):
    """Each text's cosine with its right vector, lowest first, as text."""
    return " ".join(f"{cosine:.2f}" for cosine in sorted((others * vectors).sum(dim=-1).tolist()))


# %% [markdown]
# ## Two layers, six years apart
#
# BERT is from 2018. ModernBERT (Warner et al. 2024) is an encoder, too, trained for the same task, with what has been learned
# in between. Its trained weights are not in this course, but its code is in transformers, and a small one with random weights
# will do: a wrong formula shows on random weights as well as on trained ones.

# %%
from transformers import ModernBertConfig, ModernBertModel

draw = torch.Generator().manual_seed(0)


def at_random(module):
    """The module with random weights; those of the norms are around 1."""
    for name, weight in module.named_parameters():
        weight.copy_(torch.randn(weight.shape, generator=draw) * 0.2 + ("norm" in name))
    return module.eval()


ids_of_special_tokens = {f"{name}_token_id": 0 for name in ("pad", "bos", "eos", "cls", "sep")}
config = ModernBertConfig(
    vocab_size=101,
    hidden_size=24,
    intermediate_size=20,
    num_hidden_layers=4,
    num_attention_heads=3,
    local_attention=4,
    attn_implementation="eager",
    **ids_of_special_tokens,
)
modern = at_random(ModernBertModel(config))

# %%
from course_utils import layer_params

for name, params in {"BERT": layer_params(model.state_dict(), 0), "ModernBERT": modern.layers[1].state_dict()}.items():
    print(f"{name}: {len(params)} tensors in a layer")
    for part, tensor in params.items():
        print(f"    {part:<40}{tuple(tensor.shape)}")

# %% [markdown]
# **Sixteen tensors have become six.** No biases are left, query, key and value are one matrix, and so are two more that you will
# meet. Here is what the six do. The numbers are those of the sections below.

# %%
from course_utils import show_two_layers

show_two_layers()

# %% [markdown]
# ## 1 · The norm comes first
#
# **What was wrong with the norm at the end?** Lesson 04 measured gradients before any training. Now train: the stack of lesson
# 04, 48 layers, each of them ReLU and a dense layer, learns to turn 32 random vectors into 32 others, with 60 steps of AdamW
# (lesson 12). The learning rate is either 0.01 from the first step on, or rises to it over 30 steps, the *warm-up*.

# %%
from course_utils import post_ln, pre_ln


@torch.enable_grad()
def loss_after_training(wrap, warm_up, layers=48, size=32, steps=60):
    """The loss of a deep stack of layers, each wrapped by post_ln or pre_ln, after its training."""
    draw, exact = torch.Generator().manual_seed(0), {"dtype": torch.float64}  # so that rounding decides nothing
    x, target = torch.randn(2, 32, size, generator=draw, **exact)
    weights = [torch.randn(size, size, generator=draw, **exact) / (3 * size) ** 0.5 for _ in range(layers)]
    optimizer = torch.optim.AdamW([weight.requires_grad_() for weight in weights])
    norm = torch.nn.LayerNorm(size, elementwise_affine=False, **exact)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.01 * min(1, (step + 1) / warm_up)
        h = x
        for weight in weights:
            h = wrap(h, lambda x, weight=weight: F.relu(x) @ weight, norm)
        loss = F.mse_loss(norm(h), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return float(loss.detach())


# %% [markdown]
# **Predict.** Post-LN and pre-LN, each with and without a warm-up: which of the four stacks learn?
#
# - [ ] All four of them, sooner or later | Sixty steps at this learning rate are plenty for three of the four.
# - [x] All but post-LN without a warm-up | At once all 48 layers move by the full learning rate, and in 60 steps it does not recover. A warm-up keeps the first steps small.
# - [ ] Only the two that have pre-LN | Post-LN learns, too, if its first steps are small. BERT was trained with a warm-up (`linear_warmup`, lesson 12).

# %%
for name, wrap in {"post-LN": post_ln, "pre-LN": pre_ln}.items():
    for warm_up in (1, 30):
        loss = loss_after_training(wrap, warm_up)
        verdict = "has learned: loss below 0.8" if loss < 0.8 else f"has not learned: loss {loss:.1f}"
        print(f"{name:7} {'with a' if warm_up > 1 else 'without'} warm-up  {verdict}")

# %% [markdown]
# (Before, it is about 2: the mean square of the difference of two random numbers.) Xiong et al. (2020) proved that at the start
# the gradients near the output of a post-LN stack are large, see in this the reason for the warm-up, and trained pre-LN without
# one. **With the norm first, deep stacks train without a warm-up**, and the road from the first layer to the last has only sums
# on it. (Many still use one: ModernBERT-base warmed up for three billion tokens; Warner et al., section 2.2.)
#
# The code is `pre_ln`, which you wrote in lesson 04. Two things follow from it. The sum that comes out of the last layer has
# not been normalised, so the model ends with one more norm. And layer 0 has no first norm, because the embeddings were
# normalised just before. But for its weights, a second norm changes nothing:

# %%
print("after the last layer:", type(modern.final_norm).__name__)
for number, layer in enumerate(modern.layers):
    print(f"layer {number}: before the attention {type(layer.attn_norm).__name__:9}", config.layer_types[number])
once = F.layer_norm(torch.randn(5, 24, generator=draw), (24,))
print("a second norm changes nothing:", torch.allclose(F.layer_norm(once, (24,)), once, atol=1e-4))

# %% [markdown]
# ## 2 · Half a norm
#
# A layer norm subtracts the mean, divides by the spread, scales and shifts. *RMSNorm* (Zhang and Sennrich 2019) does not
# subtract: it divides by the root of the mean square and scales.
#
# **Predict.** Take the trained BERT, leave out the mean in all its 13 norms, and train nothing. How similar are the vectors of
# our four sentences to the right ones, by cosine?
#
# - [ ] Below 0.5: each layer adds to the error | It would be so if the means were large. How large they are is measured below.
# - [x] About 0.96: it hardly makes a difference | The model never learned to do without, and yet it nearly can.
# - [ ] Exactly 1: the next norm puts it right | The next norm would subtract the mean, but it has been left out there, too.

# %%
import copy

from course_utils import rms_norm


class WithoutMean(torch.nn.Module):
    """A layer norm of BERT's that subtracts nothing."""

    def __init__(self, old):
        super().__init__()
        self.old = old

    def forward(self, x):
        return rms_norm(x, self.old.weight, self.old.eps) + self.old.bias


changed = copy.deepcopy(model)
for name, part in model.named_modules():
    if isinstance(part, torch.nn.LayerNorm):
        changed.set_submodule(name, WithoutMean(part))
print("cosine with the right vectors:", cosines(embed(texts, tokenizer, changed)))

# %% [markdown]
# **What does the mean do?** Next to nothing, because there is hardly one. Here is what goes into each of the 13 norms:

# %% tags=["answer"]
means = {}


def write_down(name):
    def hook(part, args):
        x = args[0]  # (1, tokens, d)
        means.setdefault(name, []).append(x.mean(dim=-1).abs() / x.pow(2).mean(dim=-1).sqrt())

    return hook


norms = [(name, part) for name, part in model.named_modules() if isinstance(part, torch.nn.LayerNorm)]
hooks = [part.register_forward_pre_hook(write_down(name)) for name, part in norms]
for text in texts:
    model(**tokenizer(text, return_tensors="pt"))
for hook in hooks:
    hook.remove()
largest = max(float(torch.cat(found, dim=-1).max()) for found in means.values())
print(f"{len(means)} norms; a token's mean is at most {largest:.0%} of the root of its mean square")

# %% [markdown]
# So **RMSNorm is a layer norm that saves a step**. For a vector whose mean is 0 it is the same as a layer norm without a bias.
# Llama (Touvron et al. 2023) has RMSNorm. ModernBERT keeps the layer norm, and leaves out only its bias.

# %%
from transformers.models.llama.modeling_llama import LlamaRMSNorm

x = torch.randn(2, 7, 24, generator=draw)  # (batch, tokens, hidden)
theirs = at_random(LlamaRMSNorm(24, eps=1e-5))
ours = rms_norm(x, theirs.weight, 1e-5)
centred = x - x.mean(dim=-1, keepdim=True)
layer_norm = F.layer_norm(x, (24,), theirs.weight, eps=1e-5)
found = {
    "LlamaRMSNorm": (ours, theirs(x)),
    "PyTorch's own": (ours, F.rms_norm(x, (24,), theirs.weight, eps=1e-5)),
    "of x - mean, a layer norm": (rms_norm(centred, theirs.weight, 1e-5), layer_norm),
}
for name, pair in found.items():
    print(f"{name:26} equal within 1e-5: {max_abs_diff(*pair) < 1e-5}")

# %% [markdown]
# ## 3 · Positions by rotation
#
# **What was wrong with a table of positions?** First, it ends:

# %%
rows = model.config.max_position_embeddings
for tokens in (rows, rows + 1):
    try:
        print(tokens, "tokens:", tuple(model(torch.full((1, tokens), 1037)).last_hidden_state.shape))
    except (RuntimeError, IndexError) as error:
        print(tokens, "tokens:", type(error).__name__)

# %% [markdown]
# Second, each row is learned by itself. Nothing says that places 5 and 7 are to each other as 105 and 107 are.
#
# **Predict.** Give a sentence the rows from 100 on, in place of those from 0 on: the same words, in the same order, at the same
# distances. What is the cosine of its vector with the right one?
#
# - [ ] 1.00: all the distances are the same | No distance is in the table. There are 512 rows, and other ones have been added now.
# - [x] 0.8 to 0.9: it is read differently | Nobody meant that. What the words mean to the model depends on where the text begins.
# - [ ] About 0.1, as for unrelated sentences | The words are the same, and most of what a sentence says is in its words.


# %%
def moved(shift):
    """The sentences' vectors, with positions from `shift` on, (4, d)."""
    found = []
    for text in texts:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]  # (1, tokens)
        positions = torch.arange(ids.shape[1])[None] + shift
        found.append(model(ids, position_ids=positions).last_hidden_state.mean(dim=1)[0])
    return F.normalize(torch.stack(found), dim=-1)


for shift in (0, 1, 10, 100, 400):
    print(f"from position {shift:3} on, cosines {cosines(moved(shift))}")

# %% [markdown]
# What we want: a score that knows where two tokens are relative to each other, and nothing else about where they are. **Rotary
# positions**, RoPE (Su et al. 2021), do it with a fact from school. The dot product of two arrows depends on their lengths and
# on the angle between them. Turn both by the same angle, and it stays.
#
# So nothing is added to the embeddings any more. In every layer, queries and keys are cut into pairs of features, each pair is an
# arrow in the plane, and each arrow is turned by an angle that grows with the token's position. The first pair turns fast, the
# last one slowly, like the hands of a clock:

# %%
from course_utils import show_rotation

show_rotation()

# %% [markdown]
# Pair i turns by theta^(-2i / dh) per position, for a head of dh features; theta is 10,000 in the paper. The fast hands tell
# neighbours apart, the slow ones tell near from far, and all hands together are different at every position.
#
# **Predict.** A query at position 7, a key at position 5. Now they change places: query at 5, key at 7. What becomes of their
# score?
#
# - [ ] Nothing: they are as far apart as before | As far, but the other way round: the query's hands were turned two steps further than the key's, and are now turned two steps less.
# - [ ] Its sign changes, as that of the distance | The turns are added to the angles that the two vectors have anyway, and the cosine of such a sum need not change its sign.
# - [x] It changes: the distance has another sign | At position m a pair is turned by m times its angle, at n by n times. So the angle between the two changes by (m - n) times it: 2 before, -2 now.

# %%
from course_utils import rotary_tables, rotate

query, key = torch.randn(2, 1, 1, 1, 32, generator=draw)  # (batch, heads, tokens, dh) each


def score(query_at, key_at):
    """The dot product of the two, each turned by its position."""
    turned = [
        rotate(part, *rotary_tables(torch.tensor([at]), 32, 10_000.0))
        for part, at in ((query, query_at), (key, key_at))
    ]
    return float((turned[0] * turned[1]).sum())


for places in ((7, 5), (107, 105), (2, 0), (5, 7), (7, 4)):
    print(f"query at {places[0]:3}, key at {places[1]:3}: score {score(*places):.3f}")

# %% [markdown]
# **The score knows only the distance**, and its sign: two places back is not two places on. Nobody had to learn that. (The values
# are not turned. A position decides who looks at whom, not what they are given.)
#
# ### Play: turn two tokens
#
# A query and a key of 8 features, as four pairs. (A hand shows the direction of an arrow, not its length.) Move **query at**
# until the score is highest: at which distance do these two match best? Which head of lesson 03 does that remind you of? Then
# move **both on** by 100 and watch hands, angles and score.

# %%
from course_utils import explore_rotation

explore_rotation()

# %% [markdown]
# The score does not fall steadily with the distance. It is a sum of waves, one per pair, and a model can learn which waves to
# use. How long are they? For a head of 64 features, how many positions does a full turn take?

# %%
for theta in (10_000, 160_000):
    turns = [2 * torch.pi * theta ** (2 * pair / 64) for pair in (0, 15, 31)]
    print(f"theta {theta:7,}: pair 0 {turns[0]:.1f}, pair 15 {turns[1]:,.0f}, pair 31 {turns[2]:,.0f} positions")

# %% [markdown]
# With 10,000 the slowest hand is round after 47,117 positions. ModernBERT takes 160,000 in the layers that look everywhere, for
# texts of 8,192 tokens (section 6). Are our two functions the library's?

# %%
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.modernbert.modeling_modernbert import apply_rotary_pos_emb

positions, head_size = torch.arange(50), config.hidden_size // config.num_attention_heads
llama_rotary = LlamaRotaryEmbedding(LlamaConfig(hidden_size=24, num_attention_heads=3))
theirs = {
    f"ModernBERT, {kind}": modern.rotary_emb(x, positions[None], kind) for kind in sorted(set(config.layer_types))
}
theirs["Llama"] = llama_rotary(x, positions[None])  # (1, 50, dh) each
thetas = [config.rope_parameters[kind]["rope_theta"] for kind in sorted(set(config.layer_types))] + [10_000.0]
for (name, real), theta in zip(theirs.items(), thetas, strict=True):
    tables = torch.stack(rotary_tables(positions, head_size, theta))  # (2, 50, dh)
    print(f"{name:31} theta {theta:9,.0f}, tables equal within 1e-5: {max_abs_diff(tables, torch.cat(real)) < 1e-5}")

query, key = torch.randn(2, 2, 3, 50, head_size, generator=draw)  # (batch, heads, tokens, dh) each
ours = torch.stack([rotate(part, *tables) for part in (query, key)])
real = torch.stack(apply_rotary_pos_emb(query, key, *tables[:, None]))
print("queries and keys, turned, equal within 1e-5:", max_abs_diff(ours, real) < 1e-5)

# %% [markdown]
# Which features are a pair is a convention. The paper and Meta's own code for Llama take neighbours, 0 with 1. transformers
# takes halves, 0 with dh / 2, for ModernBERT and for Llama, whose weights it reorders for that. Each works, but not with
# weights that were trained with the other one, and no shape would tell you (see the wrong ones below).
#
# Now the whole model, moved as we moved BERT. And a text twice as long as its config says:

# %% tags=["answer"]
ids = torch.randint(1, config.vocab_size, (1, 12), generator=draw)
here = modern(ids).last_hidden_state
for shift in (1, 10, 100, 400):
    there = modern(ids, position_ids=torch.arange(12)[None] + shift).last_hidden_state
    print(f"from position {shift:3} on: the same within 1e-4:", max_abs_diff(here, there) < 1e-4)
short = ModernBertModel(ModernBertConfig(**config.to_dict() | {"max_position_embeddings": 32}))
print("a model for 32 positions reads 64:", tuple(short(torch.ones(1, 64, dtype=torch.int64)).last_hidden_state.shape))

# %% [markdown]
# No table ends. Whether a model *understands* a text longer than those of its training is another question: ModernBERT was
# trained on texts of up to 8,192 tokens for it (Warner et al., section 2.2).
#
# ## 4 · A gate
#
# **What was wrong with GELU?** In a feed-forward network one neuron looks at the token in one direction, and GELU bends what it
# sees. What such neurons find hard is a *product*: "this feature, as much as that one says". Here they try, each a random
# direction in the plane, mixed by the best weights that there are (least squares), to compute a · b for a and b between -1 and 1.
# How much of the product is missed there, and ten times as far out?

# %%
from course_utils import geglu, gelu

pairs = torch.rand(2000, 2, generator=draw, dtype=torch.float64) * 2 - 1  # (points, 2)
directions = torch.randn(8, 2, generator=draw, dtype=torch.float64)  # (neurons, 2)


def missed(found, wanted):
    return f"{(found - wanted).pow(2).sum() / wanted.pow(2).sum():4.0%}"


for neurons in (2, 4, 8):
    inner = gelu(pairs @ directions[:neurons].T)
    mix = torch.linalg.lstsq(inner, pairs.prod(dim=-1, keepdim=True)).solution  # (neurons, 1)
    far = 10 * pairs
    outside = missed(gelu(far @ directions[:neurons].T) @ mix, far.prod(dim=-1, keepdim=True))
    print(
        f"{neurons} neurons with GELU miss {missed(inner @ mix, pairs.prod(dim=-1, keepdim=True))}, far out {outside}"
    )

# %% [markdown]
# Eight neurons bend well enough where they were fitted, and nowhere else. A *gate* multiplies: **GeGLU** (Shazeer 2020) puts
# the token's vector through two dense layers, one of the results through GELU, and multiplies the two number by number. Two
# such neurons compute any product exactly:

# %%
wi = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])  # values a and -a, gates b and b
wo = torch.tensor([[1.0, -1.0]])  # the first neuron minus the second
points = torch.tensor([[[3.0, 4.0], [-2.0, 5.0], [30.0, -40.0]]])  # (1, tokens, 2)
for (a, b), product in zip(points[0].tolist(), geglu(points, wi, wo).flatten().tolist(), strict=True):
    print(f"{a:3.0f} · {b:3.0f} = {product:.0f}")

# %% [markdown]
# (gelu(a) - gelu(-a) is a, for every a.) That a model *needs* such products no cell shows. Shazeer trained both kinds with as
# many parameters, found the gated ones better at several tasks, and wrote: "We offer no explanation as to why these architectures
# seem to work; we attribute their success, as all else, to divine benevolence."
#
# A network with a gate has three matrices in place of two: values, gates, output. To have as many weights as before, Shazeer
# gave it two thirds of the neurons. ModernBERT gives it still fewer, and has more layers:

# %%
from transformers import BertConfig

base, modern_base = BertConfig(), ModernBertConfig()
old = 2 * base.intermediate_size * base.hidden_size
new = 3 * modern_base.intermediate_size * modern_base.hidden_size
print(f"BERT-base       {old:,} weights in a feed-forward network, {base.num_hidden_layers} layers")
print(f"ModernBERT-base {new:,}, {new / old:.0%} of it, {modern_base.num_hidden_layers} layers")

# %% [markdown]
# Llama's network, *SwiGLU*, has another bend in the place of GELU: SiLU, x · sigmoid(x). `with_functions` lends your function
# another one.

# %%
from transformers.models.llama.modeling_llama import LlamaMLP

from course_utils import with_functions

swiglu = with_functions("geglu", gelu=F.silu)
theirs = at_random(LlamaMLP(LlamaConfig(hidden_size=24, num_attention_heads=3, intermediate_size=20)))
wi = torch.cat([theirs.gate_proj.weight, theirs.up_proj.weight])  # (2 · intermediate, hidden)
mlp = modern.layers[1].mlp
found = {
    "GeGLU, ModernBertMLP": (geglu(x, mlp.Wi.weight, mlp.Wo.weight), mlp(x)),
    "SwiGLU, LlamaMLP": (swiglu(x, wi, theirs.down_proj.weight), theirs(x)),
}
for name, pair in found.items():
    print(f"{name:20} equal within 1e-5: {max_abs_diff(*pair) < 1e-5}")

# %% [markdown]
# Read the names with care: what goes through the bend is called `input` by ModernBERT and `gate` by Llama.
#
# ## 5 · No biases
#
# **What was wrong with biases?** The key's cancels: that was lesson 03. And the others?
#
# **Predict.** About one parameter in a thousand of the real BERT is a bias. Set those of all layers to zero. What are the cosines
# of our sentences' vectors with the right ones?
#
# - [ ] Above 0.99: there are so few of them | There are few numbers, but each is added to every token in every layer.
# - [ ] About 0.9: they are small, but many | A single kind may do as much, as the table below shows. Here all of them go at once.
# - [x] Below 0.6: the model needs them now | It was trained with them. All other weights rely on their being there.

# %%
biases = [name for name, _ in model.named_parameters() if name.endswith("bias") and name.startswith("encoder")]


def without(names):
    """Our sentences' cosines with their right vectors when these biases are zero."""
    changed = copy.deepcopy(model)
    for name in names:
        changed.get_parameter(name).zero_()
    return cosines(embed(texts, tokenizer, changed))


share = sum(p.numel() for n, p in model.named_parameters() if n.endswith("bias")) / model.num_parameters()
print(f"{share:.2%} of the parameters; without the {len(biases)} vectors in the layers: cosines {without(biases)}")

# %% tags=["answer"]
kinds = {}
for name in biases:  # encoder.layer.0.attention.self.query.bias
    kinds.setdefault(name.split(".", 3)[3], []).append(name)
for kind, found in kinds.items():
    size = torch.cat([model.get_parameter(name) for name in found]).abs().mean()
    print(f"{kind:32} mean size {size:.3f}, cosines without them {without(found)}")

# %% [markdown]
# So biases are neither useless nor small, once they have been trained: only the key's is nearly nothing. **You cannot take them
# out of a BERT. You can train one that never had them.** PaLM (Chowdhery et al. 2022) did, and reports that large models then
# train more stably; ModernBERT has none in its layers, and spends those parameters on weights. One step less in every product,
# too.
#
# ## 6 · Not every layer looks everywhere
#
# **What was wrong with looking everywhere?** The work between tokens grows with the square of the length. Lesson 10 said: for
# sentences that does not matter. ModernBERT is made for 8,192 tokens:

# %%
from course_utils import attention_flop_share

width, side = modern_base.hidden_size, modern_base.sliding_window  # 768, and 64 tokens to either side
print("tokens  share of BERT-base's work between tokens  pairs if all are seen  pairs in a window")
for tokens in (128, 512, 8192):
    share = attention_flop_share(tokens, width)
    near = sum(min(place, side) + 1 + min(tokens - 1 - place, side) for place in range(tokens))
    print(f"{tokens:6,}{share:42.0%}{tokens**2:23,}{near:19,}")

# %% [markdown]
# So two of three layers get a *sliding window* (Beltagy et al. 2020): a token looks at 64 tokens to either side, and at no
# others. Every third layer still looks everywhere. Here are the two kinds for 16 tokens, with two to either side:

# %%
from course_utils import show_masks, sliding_window_mask

window = sliding_window_mask(16, 2, torch.float32)  # (1, 1, tokens, tokens)
show_masks({"a global layer": torch.zeros_like(window), "a local layer": window})

# %% [markdown]
# **Predict.** A stack of local layers, each with two tokens to either side. How far can something travel in three layers?
#
# - [ ] Two tokens to either side, as the window says | That is one layer. In the next, its neighbours know it, and *their* neighbours look at them.
# - [x] Six tokens to either side: window times layers | Each layer carries it two tokens on, like convolutions in an image network.
# - [ ] Eight tokens: the reach doubles in each layer | It adds up and does not double: a layer carries it just as far as the one before.

# %%
from course_utils import modern_layer, show_reach


def reached(kinds, start=10, tokens=24):
    """Which tokens differ after each layer if one is changed before the first, (layers + 1, tokens)."""
    types = [{"local": "sliding_attention", "global": "full_attention"}[kind] for kind in kinds]
    own = ModernBertConfig(**config.to_dict() | {"layer_types": types, "num_hidden_layers": len(types)})
    before, other = torch.randn(2, 1, tokens, 24, generator=draw)
    after = before.clone()
    after[0, start] = other[0, start]
    differ = [(after != before).any(dim=-1)[0]]
    for number in range(len(types)):
        before, after = (modern_layer(x, modern.layers[1].state_dict(), own, number) for x in (before, after))
        differ.append(((after - before).abs() > 1e-5).any(dim=-1)[0])
    return torch.stack(differ), kinds


stacks = {"local layers only": ["local"] * 3, "the third one global": ["local", "local", "global"]}
show_reach({name: reached(kinds) for name, kinds in stacks.items()}, start=10)

# %% [markdown]
# **Local layers pass things on from neighbour to neighbour; one global layer brings them everywhere.** A mask by itself saves no
# work, as in lesson 10: it takes kernels that skip what is hidden, such as FlashAttention's (Dao et al. 2022). Is our mask the
# one that the model hands to its local layers?

# %%
seen = {}


def look(part, args, kwargs):
    seen["mask"] = kwargs["attention_mask"]


hook = modern.layers[1].register_forward_pre_hook(look, with_kwargs=True)
modern(ids)
hook.remove()
ours = sliding_window_mask(ids.shape[1], config.sliding_window, torch.float32)
print("the library's mask", tuple(seen["mask"].shape), "is ours:", torch.equal(seen["mask"], ours))

# %% [markdown]
# ## 7 · No padding
#
# **What was wrong with padding?** It is computed like words, and nobody looks at it (lesson 10). Three texts:

# %%
three = [torch.randint(1, config.vocab_size, (n,), generator=draw).tolist() for n in (5, 9, 7)]
tokens, longest = sum(map(len, three)), max(map(len, three))
print(f"{tokens} tokens; as a padded batch {len(three)} × {longest} = {len(three) * longest} places")

# %% [markdown]
# ModernBERT packs its texts, in training, too (Warner et al. call it *unpadding*), and your `pack_sequences` and
# `block_diagonal_mask` are all that it takes. In lesson 10 two things kept the texts apart: the mask, and positions that begin
# anew.
#
# **Predict.** A packed row for a model with rotary positions. You forget to let the positions begin anew. What happens?
#
# - [x] Nothing: the results are the same | Within a text all distances are right, and the mask hides all others. Nothing else depends on a position.
# - [ ] All texts but the first one go wrong | So it was with BERT's table, where every row is another vector.
# - [ ] The local layers alone go wrong | A window counts places of the row, and neighbours within a text are neighbours in the row.

# %%
from course_utils import block_diagonal_mask, pack_sequences

row, positions, cu_seqlens = pack_sequences(three)  # (1, N), (1, N), (n + 1,)
blocks = block_diagonal_mask(cu_seqlens, torch.float32)  # (1, 1, N, N)
window = sliding_window_mask(row.shape[1], config.sliding_window, torch.float32)
masks = {"full_attention": blocks, "sliding_attention": torch.minimum(blocks, window)}
alone = torch.cat([modern(torch.tensor([ids])).last_hidden_state[0] for ids in three])  # (N, hidden)
for name, places in {"begin anew": positions, "go on": torch.arange(row.shape[1])[None]}.items():
    packed = modern(row, attention_mask=masks, position_ids=places).last_hidden_state[0]
    print(f"{row.shape[1]} places, positions {name:10} as if alone, within 1e-4:", max_abs_diff(packed, alone) < 1e-4)

# %% [markdown]
# ## The layer of today
#
# All of it in one function, `modern_layer`: the norm first, one matrix for three, rotation, a window or none, the gate, no
# biases. Writing it is your exercise. Here is the course's own, against transformers' `ModernBertEncoderLayer`, in a layer that
# looks everywhere and has no first norm, and in one with a window:

# %%
x = torch.randn(2, 9, 24, generator=draw)  # (batch, tokens, hidden)
window = sliding_window_mask(9, config.sliding_window, x.dtype)
for number, mask in {0: None, 1: window}.items():
    layer, kind = modern.layers[number], config.layer_types[number]
    tables = modern.rotary_emb(x, torch.arange(9)[None], kind)
    real = layer(x, attention_mask=mask, position_embeddings=tables)
    ours = modern_layer(x, layer.state_dict(), config, number)
    print(f"layer {number}, {kind}: equal within 1e-5: {max_abs_diff(ours, real) < 1e-5}")

# %% [markdown]
# ## One mask makes it a writer
#
# BERT fills gaps. A model that *writes* guesses the next token from those before it, again and again. For this no token may look
# at a later one, or it would see the answer. That takes no new layer. It takes one triangle:

# %%
from course_utils import causal_mask

show_masks({"an encoder: BERT": torch.zeros(1, 1, 11, 11), "a writer: GPT, Llama": causal_mask(11, torch.float32)})

# %% [markdown]
# Nothing in BERT's code minds. Here is layer 0 of the real BERT under this mask. A ■ says that the token of this row looks at the
# token of that column, in any head.

# %%
inputs = tokenizer("this is a 12212121 test sentence", return_tensors="pt")
names = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
states = model.embeddings(inputs["input_ids"])  # (1, tokens, d)
attention = model.encoder.layer[0].attention.self
looks = attention(states, causal_mask(len(names), states.dtype))[1][0].amax(dim=0) > 1e-8  # (queries, keys)
for name, row in zip(names, looks, strict=True):
    print(f"{name:>9}", *("■" if there else "·" for there in row))

# %% [markdown]
# (It was not trained like this, so what it computes now means little. It only shows who looks at whom.) What has been gained?
# **What comes later changes nothing about what came before.** The first five tokens, through all layers, alone and with the six
# others:


# %%
def all_layers(states, mask):
    for layer in model.encoder.layer:
        states = layer(states, mask(states.shape[1]))
    return states


ways = {"as BERT": lambda tokens: None, "causal": lambda tokens: causal_mask(tokens, states.dtype)}
for name, mask in ways.items():
    change = max_abs_diff(all_layers(states[:, :5], mask), all_layers(states, mask)[:, :5])
    print(f"{name:8} the first five are the same without the rest: {change < 1e-4}")

# %% [markdown]
# ## Keep what does not change
#
# A writer needs that. It adds a token, and then another; if the old ones stay as they are, why compute them again? The newest
# token's query asks all keys so far. So of the old tokens, keep the **keys and values** of every layer: the *cache* (KV cache).
# The old queries have been answered, and nobody needs them.
#
# First, is it the same? Seven tokens under the causal mask, all at once, and one after the other with `cached_attention`:

# %%
from course_utils import cached_attention, scaled_dot_product_attention

query, key, value = torch.randn(3, 2, 3, 7, 8, generator=draw)  # (batch, heads, tokens, dh) each
at_once, _ = scaled_dot_product_attention(query, key, value, causal_mask(7, query.dtype))
cache, rows = None, []
for place in range(7):
    newest = (part[:, :, place : place + 1] for part in (query, key, value))
    context, cache = cached_attention(*newest, cache)
    rows.append(context)  # (batch, heads, 1, dh)
print("one after the other as all at once, within 1e-5:", max_abs_diff(torch.cat(rows, dim=2), at_once) < 1e-5)
print("in the cache:", *(tuple(part.shape) for part in cache))

# %% [markdown]
# ### A model that writes
#
# Now the whole of one. Llama's layer has the parts that you know, in the order that you know: RMSNorm first, rotary positions,
# SwiGLU, no biases. One thing is new, *grouped queries* (Ainslie et al. 2023): several heads share one key and one value. Here
# six heads have two.

# %%
from transformers import LlamaForCausalLM

small = {"vocab_size": 101, "hidden_size": 24, "intermediate_size": 20, "num_hidden_layers": 3, "eos_token_id": None}
llama_config = LlamaConfig(**small, num_attention_heads=6, num_key_value_heads=2, attn_implementation="eager")
llama = at_random(LlamaForCausalLM(llama_config))
layers = [layer.state_dict() for layer in llama.model.layers]
heads, kept, eps = llama_config.num_attention_heads, llama_config.num_key_value_heads, llama_config.rms_norm_eps
theta, head_size = llama_config.rope_parameters["rope_theta"], llama_config.head_dim
for name, tensor in layers[0].items():
    print(f"{name:34}{tuple(tensor.shape)}")

# %%
from course_utils import merge_heads, split_heads


def llama_layer(x, params, positions, attend):
    """One layer of Llama; attend: what makes a context of query, key and value."""

    def attention(x):
        tables = rotary_tables(positions, head_size, theta)
        query, key, value = (x @ params[f"self_attn.{name}_proj.weight"].T for name in "qkv")
        turned = rotate(split_heads(query, heads), *tables), rotate(split_heads(key, kept), *tables)
        return merge_heads(attend(*turned, split_heads(value, kept))) @ params["self_attn.o_proj.weight"].T

    def feed_forward(x):
        wi = torch.cat([params["mlp.gate_proj.weight"], params["mlp.up_proj.weight"]])  # (2 · intermediate, hidden)
        return swiglu(x, wi, params["mlp.down_proj.weight"])

    def norm(name):
        return lambda x: rms_norm(x, params[f"{name}.weight"], eps)

    return pre_ln(pre_ln(x, attention, norm("input_layernorm")), feed_forward, norm("post_attention_layernorm"))


# %% [markdown]
# How it attends is left open. All at once, under the causal mask, every shared key and value is repeated for its heads. With a
# cache, the heads that share a key are rows of one query, so what is kept is small:


# %%
def all_at_once(query, key, value):
    """Attention under the causal mask, (batch, heads, tokens, dh)."""
    key, value = (part.repeat_interleave(heads // kept, dim=1) for part in (key, value))
    return scaled_dot_product_attention(query, key, value, causal_mask(query.shape[2], query.dtype))[0]


class Remembering:
    """Attention of the newest token, (1, heads, 1, dh), in one layer; it keeps keys and values."""

    cache = None

    def __call__(self, query, key, value):
        grouped = query.reshape(1, kept, heads // kept, head_size)
        context, self.cache = cached_attention(grouped, key, value, self.cache)
        return context.reshape(query.shape)


# %%
def next_token(ids, start, attends):
    """The most likely next token after ids that begin at position `start`, (1, 1)."""
    x = llama.model.embed_tokens(ids)  # (1, tokens, hidden)
    for params, attend in zip(layers, attends, strict=True):
        x = llama_layer(x, params, torch.arange(start, start + ids.shape[1]), attend)
    scores = rms_norm(x[:, -1:], llama.model.norm.weight, eps) @ llama.lm_head.weight.T  # (1, 1, vocabulary)
    return scores.argmax(dim=-1)


def write(first, tokens, remember):
    """A text of that many tokens that begins with `first`, (1, tokens), and what remembers."""
    ids, attends = torch.tensor([[first]]), [Remembering() if remember else all_at_once for _ in layers]
    while ids.shape[1] < tokens:
        start = ids.shape[1] - 1 if remember else 0  # only the newest, or all
        ids = torch.cat([ids, next_token(ids[:, start:], start, attends)], dim=1)
    return ids, attends


# %% [markdown]
# **Predict.** It writes 100 tokens, once with the cache and once without. How many times as many operations does it take without?
#
# - [ ] Twice as many: keys and values are two of several products | Without the cache *everything* is computed again for the old tokens: norms, queries, feed-forward network, all layers.
# - [x] About 50 times: at an average step 50 tokens are there | With the cache one token goes through the layers at each step, without it all that are there.
# - [ ] Ten thousand times: 100 times 100, as attention is quadratic | At step t it is t tokens in place of one, and t is 50 on average.

# %%
from torch.utils.flop_counter import FlopCounterMode

written, operations = {}, {}
for name, remember in {"with the cache": True, "without": False}.items():
    with FlopCounterMode(display=False) as counter:
        written[name], attends = write(35, 100, remember)
    operations[name] = counter.get_total_flops()
    memory = attends if remember else memory
    print(f"{name:15}{operations[name] / 1e6:6.1f} million operations")
print(f"without: {operations['without'] / operations['with the cache']:.0f} times as many")
theirs = llama.generate(torch.tensor([[35]]), attention_mask=torch.ones(1, 1), max_new_tokens=99, do_sample=False)
print("all three write the same:", all(torch.equal(ids, theirs) for ids in written.values()))

# %% [markdown]
# (The third is transformers' own `generate`. What a random model writes is nonsense, but all three write the same nonsense.)

# %% tags=["answer"]
from course_utils import show_cache

show_cache()

# %% [markdown]
# ### What it costs to remember
#
# The cache saves work and takes memory: `cache_bytes` counts it. First against the tensors that we have kept, then for a Llama
# with 7 billion parameters, whose sizes are the defaults of `LlamaConfig`:

# %%
from course_utils import cache_bytes

held = sum(tensor.nbytes for attend in memory for tensor in attend.cache)
tokens = memory[0].cache[0].shape[2]
print(f"{tokens} tokens: held {held:,} bytes, by the formula {cache_bytes(llama_config, tokens, 1, 4):,}")
with torch.device("meta"):  # shapes without numbers
    large = LlamaForCausalLM(LlamaConfig())
print(
    f"{large.num_parameters() / 1e9:.1f} billion parameters, in bfloat16 {2 * large.num_parameters() / 2**30:.1f} GiB"
)
for texts_at_once in (1, 32):
    size = cache_bytes(large.config, 4096, texts_at_once, 2) / 2**30
    print(f"the cache of {texts_at_once:2} texts of 4,096 tokens: {size:3.0f} GiB")

# %% [markdown]
# For 32 texts at the same time the cache is five times as large as the model itself. That is what shared keys and values are
# for: one for all heads (Shazeer 2019), or one for each group of heads (Ainslie et al. 2023).

# %%
from course_utils import show_cache_bytes

shared = {f"{count} heads kept": LlamaConfig(num_key_value_heads=count) for count in (32, 8)}
shared["1 head kept"] = LlamaConfig(num_key_value_heads=1)
show_cache_bytes(shared, tokens=32_768, bytes_per_number=2, weights=2 * large.num_parameters())

# %% [markdown]
# Can BERT have a cache? No: each new token would change all those before it, as you saw. A cache needs the triangle.
#
# ## The proof
#
# A whole ModernBERT on a padded batch, layer by layer, with your functions where you passed their checks: the embeddings are the
# model's own, each of your layers reads what the one before it gave, and the final norm ends it. Rows of padding are left out.

# %%
from course_utils import extended_attention_mask, show_proof
from course_utils.my_bert import modern_layer

input_ids = torch.randint(1, config.vocab_size, (2, 13), generator=draw)
attention_mask = torch.ones_like(input_ids)
attention_mask[1, 8:] = 0
real = modern(input_ids, attention_mask=attention_mask, output_hidden_states=True).hidden_states
there = attention_mask == 1  # (batch, tokens)
mask = extended_attention_mask(attention_mask, torch.float32)

x, compared = modern.embeddings(input_ids), {}
for number, layer in enumerate(modern.layers):
    x = modern_layer(x, layer.state_dict(), config, number, mask)
    last = number == config.num_hidden_layers - 1
    found = modern.final_norm(x) if last else x  # the library's last hidden state is normalised
    name = f"layer {number}, {config.layer_types[number]}" + (", and the norm" if last else "")
    compared[name] = found[there], real[number + 1][there]
show_proof(compared)

# %% [markdown]
# And a whole Llama: the parts that an encoder of today has, under the triangle.

# %%
from course_utils.my_bert import causal_mask, rms_norm, rotary_tables, rotate

real = llama(input_ids, output_hidden_states=True).hidden_states
x, compared = llama.model.embed_tokens(input_ids), {}
for number, params in enumerate(layers):
    x = llama_layer(x, params, torch.arange(13), all_at_once)
    last = number == len(layers) - 1
    found = rms_norm(x, llama.model.norm.weight, eps) if last else x
    compared[f"Llama, layer {number}" + (", and the norm" if last else "")] = found, real[number + 1]
show_proof(compared)

# %% [markdown]
# Wrong ones look right here, too: no error, the right shape, and most of them a high cosine. A local layer with one thing
# changed:

# %%
from course_utils import planted, show_lookalikes

states = torch.randn(2, 13, 24, generator=draw)
arguments = states, modern.layers[1].state_dict(), config, 1, mask
bugs = {
    "theta of the global layers": "global_theta",
    "the window one token too far": "window_plus_1",
    "neighbours as pairs": "rotate: neighbours",
    "values turned, too": "values_turned",
    "only the queries turned": "keys_not_turned",
    "GELU on the gates": "geglu: gates_through_gelu",
    "RMSNorm for layer norm": "rms_norms",
}
wrong = {name: planted("modern_layer", label)(*arguments)[there] for name, label in bugs.items()}
show_lookalikes(modern_layer(*arguments)[there], wrong)

# %% [markdown]
# ## 2018 beside today
#
# Part by part, with the line of code that differs. The cell looks for every line in the library's source, so that the table is
# what runs.

# %%
from course_utils import show_then_and_now

show_then_and_now()

# %% [markdown]
# ## Recap
#
# - **The norm first**: deep stacks train without a warm-up. The sum at the end needs a norm of its own.
# - **RMSNorm** leaves out the mean, which in the real BERT is small anyway. Llama has it; ModernBERT keeps layer norm.
# - **Rotary positions** turn queries and keys, pair by pair. A score knows only the distance; there is no table that ends, and
#   in a packed row positions may go on.
# - **A gate** multiplies the results of two dense layers. Shazeer, who found that it helps, offers no explanation.
# - **No biases**: a model that was trained with them needs them, and one that was trained without does not.
# - **Local layers** carry things on by window times layers; a global one brings them everywhere.
# - **One triangle** separates an encoder from a writer. Then the past does not change, and its keys and values can be kept.
# - What the cache saves in work it takes in memory: in keys and values, for every layer, token and text.
#
# **Now you:** [the exercises of this lesson](../exercises/13_since_bert.ipynb). After them: [14 · What you
# proved](14_closing.ipynb).
#
# **Papers.** Xiong et al. 2020, *On Layer Normalization in the Transformer Architecture*, arXiv 2002.04745 · Zhang and Sennrich
# 2019, *Root Mean Square Layer Normalization*, arXiv 1910.07467 · Su et al. 2021, *RoFormer*, arXiv 2104.09864 · Shazeer 2020,
# *GLU Variants Improve Transformer*, arXiv 2002.05202 · Chowdhery et al. 2022, *PaLM*, arXiv 2204.02311 · Beltagy et al. 2020,
# *Longformer*, arXiv 2004.05150 · Dao et al. 2022, *FlashAttention*, arXiv 2205.14135 · Warner et al. 2024, *ModernBERT*, arXiv
# 2412.13663 · Touvron et al. 2023, *LLaMA*, arXiv 2302.13971 · Shazeer 2019, *Fast Transformer Decoding*, arXiv 1911.02150 ·
# Ainslie et al. 2023, *GQA*, arXiv 2305.13245.
