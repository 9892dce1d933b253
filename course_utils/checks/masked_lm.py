"""The checks of lesson 11: masking judged by what every right draw has in common, training by what it leaves behind."""

import functools
from types import SimpleNamespace

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor, nn

from course_utils.reference import masked_lm as reference

from .compare import describe
from .engine import Case, Check, Draw, Mistake
from .weights import Misfit

VOCABULARY, HIDDEN, BATCH, TOKENS = 37, 7, 3, 5
WIDE = 13  # features of the head: with fewer, a row may be so even that its norm magnifies rounding errors


class TinyModel(nn.Module):
    """A masked language model of three tables, as `model(input_ids, attention_mask)`: fast, and unlike for every mistake.

    A token's scores depend on itself, on its neighbour and on the mean of all real tokens. In train mode they are larger:
    dropout changes them, too, but would not let itself be compared. `backwards` counts how often gradients came back.
    """

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        for name, tensor in weights.items():
            self.register_parameter(name, nn.Parameter(tensor.clone()))
        self.backwards = 0

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """(batch, tokens) to (batch, tokens, vocabulary)."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        kept = attention_mask[:, :, None].to(self.words.dtype)
        vectors = self.words[input_ids]  # (batch, tokens, hidden)
        mean = (vectors * kept).sum(dim=1, keepdim=True) / kept.sum(dim=1, keepdim=True)
        before = nn.functional.pad(vectors[:, :-1], (0, 0, 1, 0))  # each token's neighbour on the left
        states = torch.tanh(vectors + before + mean @ self.mix) * (1.25 if self.training else 1.0)
        logits = states @ self.words.T + self.bias
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, gradient: Tensor) -> None:
        self.backwards += 1


def _weights(draw: Draw, vocabulary: int = VOCABULARY) -> dict[str, Tensor]:
    return {
        "words": draw.normal(vocabulary, HIDDEN),
        "mix": draw.normal(HIDDEN, HIDDEN),
        "bias": draw.normal(vocabulary),
    }


# mask_tokens ----------------------------------------------------------------------------------------------------------

# A right answer may draw its random numbers in any order, so no two need agree on a single token. What they agree on are
# shares of many tokens, within bounds that luck oversteps once in 10^9 times. Few ids in one case show which of them come up
# at random, many in another keep a random id from being the right one by chance.
_MASK, _CLOSE_TO = 4, 0.04
_KNOWN_SHARES = (0, 0.02, 0.1, 0.15, 0.2, 0.28, 0.4, 0.5, 0.64, 0.72, 0.8, 0.9, 1)  # of right answers and of mistakes


def _masking_cases(draw: Draw) -> list[Case]:
    def of(batch: int, tokens: int, low: int, high: int) -> tuple[Tensor, Tensor, int]:
        return draw.integers(low, high, batch, tokens), _special(batch, tokens, draw), draw.number(0, 10**6)

    many, special, seed = of(45, 160, 5, 2003)
    few, few_special, few_seed = of(25, 160, 5, 10)
    usual, usual_special, usual_seed = of(20, 50, 1000, 1500)
    return [
        Case((many, special == 1, 2003, _MASK, seed, 0.8), "7,200 tokens, 80 % of them to be chosen"),
        Case((few, few_special == 1, 11, _MASK, few_seed, 0.8), "4,000 tokens, a vocabulary of 11"),
        Case((usual, usual_special, 1501, 7, usual_seed), "1,000 tokens, the usual 15 %, special tokens as 0 and 1"),
    ]


def _special(batch: int, tokens: int, draw: Draw) -> Tensor:
    """(batch, tokens), 1 for the first token, for the padding at the end, and for the token before it."""
    length = tokens - draw.integers(1, tokens // 5, batch, 1)  # (batch, 1)
    places = torch.arange(tokens)
    return ((places == 0) | (places >= length - 1)).long()


def _use_mask_tokens(answer, input_ids, special_tokens_mask, vocab_size, mask_token_id, seed, mlm_probability=None):
    """The answer with a generator of that seed; in the usual case also whether a second call and another seed draw anew."""
    more = () if mlm_probability is None else (mlm_probability,)
    generator = torch.Generator().manual_seed(seed)
    pair = _inputs_and_labels(answer(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, *more))
    if mlm_probability is not None:
        return {"inputs": pair[0], "labels": pair[1], "draws": []}
    few, few_special = input_ids[:2], special_tokens_mask[:2]

    def again(source: torch.Generator) -> Tensor:
        return answer(few.clone(), few_special.clone(), vocab_size, mask_token_id, source, *more)[1]

    repeated, other = torch.Generator().manual_seed(seed + 1), torch.Generator().manual_seed(seed + 2)
    first, second = again(repeated), again(repeated)
    draws = [bool(torch.equal(first, second)), bool(torch.equal(first, again(other)))]
    return {"inputs": pair[0], "labels": pair[1], "draws": draws}


def _inputs_and_labels(value: object) -> tuple[Tensor, Tensor]:
    """The two tensors; a Misfit where they are not what came, since the dict made of them is nothing a learner knows."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Misfit(f"Expected a tuple of 2 items, the inputs and the labels, got {describe(value)}.")
    if not all(isinstance(item, Tensor) for item in value):
        raise Misfit(f"Expected two tensors, the inputs and the labels, got {' and '.join(map(describe, value))}.")
    return tuple(value)


def _told(value, input_ids, special_tokens_mask, vocab_size, mask_token_id, seed, mlm_probability=0.15):
    """A masking in words: what is the same for every right answer."""
    inputs, labels, ids = (tensor.numpy() for tensor in (value["inputs"], value["labels"], input_ids))
    special, chosen, changed = special_tokens_mask.bool().numpy(), labels != -100, inputs != ids
    odd = chosen & (labels != ids)
    random = changed & (inputs != mask_token_id)
    fates = np.where(inputs == mask_token_id, "[MASK]", np.where(changed, "random", "kept"))
    columns = slice(1, ids.shape[1] * 3 // 4)
    told = {
        "labels of chosen tokens": _odd_labels(labels[odd]) if odd.any() else "their own ids",
        "chosen special tokens": _some(chosen[special]),
        "chosen of the other tokens": _share(chosen[~special], mlm_probability),
        "changed where not chosen, special tokens": _some(changed[special & ~chosen]),
        "changed where not chosen, other tokens": _some(changed[~special & ~chosen]),
        "one row like another": bool((chosen[0, columns] == chosen[1, columns]).all()),
        "chosen in a row": _spread(chosen & ~special, ~special, mlm_probability),
        "a second call draws the same": value["draws"][:1] == [True],
        "another seed draws the same": value["draws"][1:] == [True],
    }
    real = chosen & ~special
    if vocab_size > 2000:
        told["what becomes of a chosen token"] = _drawn(fates, real)
        told["which random id"] = _drawn(inputs, real & random)
        told["where the [MASK]s are"] = _evenly(fates == "[MASK]", real)
        told["of the chosen, now [MASK]"] = _share(inputs[real] == mask_token_id, 0.8)
        told["of the chosen, now a random id"] = _share(random[real], 0.1)
        told["of the chosen, kept"] = _share(~changed[real], 0.1)
    if vocab_size < 20:
        told["random ids"] = _range(inputs[real & random], vocab_size)
    return told


def _drawn(what: ndarray, where: ndarray) -> str:
    """Whether what stands at some places was drawn for each of them, or once for a whole row, or once for all rows."""
    if len(np.unique(what[where])) > 1:
        for these, those, says in ((what, where, "one for a whole row"), (what.T, where.T, "the same in every row")):
            lines = [line[here] for line, here in zip(these, those, strict=True) if here.sum() > 1]
            if sum(len(np.unique(line)) == 1 for line in lines) > 0.9 * len(lines):  # a random id may be the old one
                return says
    return "drawn for each place"


def _evenly(these: ndarray, where: ndarray) -> str:
    """Whether they are as frequent in the batch's first half as in its second, and in the rows' first halves as in the others."""
    for found in (these[where], these.T[where.T]):
        half = len(found) // 2
        if len(found) > 4000 and abs(found[:half].mean() - found[half:].mean()) > 0.1:
            return "more at one end than at the other"
    return "everywhere alike"


def _some(these: ndarray) -> str:
    return "none" if not these.any() else "all" if these.all() else "some"


def _share(these: ndarray, expected: float) -> str:
    """A share in words; what is close to the expected one may be luck and counts as it."""
    share = float(these.mean()) if these.size else 0.0
    if abs(share - expected) > (_CLOSE_TO if these.size > 4000 else 0.1):
        expected = min(_KNOWN_SHARES, key=lambda known: abs(known - share))
    return f"about {expected:.0%}"


def _odd_labels(labels: ndarray) -> str:
    """Labels that are not the tokens' own ids: one number for all of them, or several."""
    values = np.unique(labels).tolist()
    return f"{values[0]}" if len(values) == 1 else "other ids"


def _range(ids: ndarray, vocab_size: int) -> str:
    if not ids.size:
        return "there are none"
    low, high = int(ids.min()), int(ids.max())
    if low == high:
        return "one and the same everywhere"
    return f"{low} to {high}" if high <= vocab_size else "far outside of the vocabulary"


def _spread(chosen: ndarray, eligible: ndarray, probability: float) -> str:
    """Whether each row has its own number of chosen tokens, or exactly the expected one, or all or none."""
    counts, of = chosen.sum(axis=1), eligible.sum(axis=1)
    if ((counts == 0) | (counts == of)).all():
        return "all or none"
    if (abs(counts - probability * of) <= 1).all():
        return "exactly the expected one"
    return "left to chance"


def _exactly(input_ids, special_tokens_mask, vocab_size, mask_token_id, generator, mlm_probability=0.15):
    scores = torch.rand(input_ids.shape, generator=generator).masked_fill(special_tokens_mask.bool(), 2.0)
    ranks = scores.argsort(dim=1).argsort(dim=1)
    eligible = (~special_tokens_mask.bool()).sum(dim=1, keepdim=True)
    picked = ranks < (mlm_probability * eligible).round()
    return reference.mask_tokens(input_ids, ~picked, vocab_size, mask_token_id, generator, 1.0)


_CHOICE = "torch.rand(shape, generator=generator, device=device) < mlm_probability"
_ALLOWED = "~special_tokens_mask.bool()"
_LABELS = "labels = input_ids.masked_fill(~chosen, -100)"
_RANDOM = "chosen & (fate >= 0.8) & (fate < 0.9)"
_REPLACE = "inputs = torch.where(becomes_random, random_ids, inputs)"
_DICE = "torch.rand(shape, generator=generator, device=device)"

check_mask_tokens = Check(
    reference.mask_tokens,
    _masking_cases,
    axes={"inputs": ("batch", "tokens"), "labels": ("batch", "tokens")},
    use=_use_mask_tokens,
    view=_told,
    mistakes=(
        Mistake("changes_inputs", was="inputs = input_ids.masked_fill(becomes_mask", now="inputs = input_ids.masked_fill_(becomes_mask",
                says="The masks are written into `input_ids` itself: the sentence is lost, and with it the answer."),
        Mistake("not_deterministic", was=_CHOICE, now="torch.rand(shape, device=device) < mlm_probability",
                says="Random numbers come from PyTorch's global state; take them from `generator`, so that a seed gives the "
                     "same training again."),
        Mistake("own_seed", was="    shape, device =", now="    generator = torch.Generator().manual_seed(0)\n    shape, device =",
                says="A generator with a seed of its own is made in every call: every batch of a training would be masked at "
                     "the same places. Draw from the generator that was given."),
        Mistake("reseeded", was="    shape, device =", now="    generator.manual_seed(generator.initial_seed())\n    shape, device =",
                says="The generator is seeded anew in every call, so each call draws the same places. Its state has to go on "
                     "from call to call."),
        Mistake("swapped", was="return inputs, labels", now="return labels, inputs",
                says="Inputs and labels come back in the wrong order: the inputs are first."),
        Mistake("special_ignored", was=_ALLOWED, now="torch.ones_like(special_tokens_mask).bool()",
                says="[CLS], [SEP] and padding are chosen, too. There is nothing to learn from guessing them: leave out what "
                     "`special_tokens_mask` marks."),
        Mistake("special_inverted", was=_ALLOWED, now="special_tokens_mask.bool()",
                says="Only special tokens are chosen: `special_tokens_mask` marks those that must *not* be."),
        Mistake("special_hidden", was=f"({_CHOICE}) & may_be_chosen", now=_CHOICE,
                also=(("~chosen, -100", "~(chosen & may_be_chosen), -100"),),
                says="Special tokens have no label, and yet their inputs are changed: [CLS], [SEP] and padding must stay."),
        Mistake("labels_everywhere", was=_LABELS, now="labels = input_ids.clone()",
                says="Every token has a label. Labels are -100 where nothing was chosen, or the loss would be about copying."),
        Mistake("labels_inverted", was="~chosen, -100", now="chosen, -100",
                says="The labels are -100 exactly where a token was chosen, and the ids stand elsewhere. It is the other way "
                     "round."),
        Mistake("labels_zero", was="-100", now="0",
                says="Labels are 0 where nothing was chosen, but 0 is a token, [PAD]. Cross-entropy skips -100."),
        Mistake("labels_minus_one", was="-100", now="-1",
                says="Labels are -1 where nothing was chosen. The number that cross-entropy skips is -100."),
        Mistake("labels_after", was="return inputs, labels", now="return inputs, inputs.masked_fill(~chosen, -100)",
                says="The labels are taken from the inputs after the masking, so that the right answer to [MASK] is [MASK]. "
                     "They are the original ids."),
        Mistake("labels_mask_only", was="return inputs, labels", now="return inputs, labels.masked_fill(~becomes_mask, -100)",
                says="Only tokens that became [MASK] have a label. The chosen ones that became random or stayed are to be "
                     "guessed, too: that is what they are for."),
        Mistake("labels_changed_only", was="return inputs, labels",
                now="return inputs, labels.masked_fill(~(becomes_mask | becomes_random), -100)",
                says="The chosen tokens that stay as they are have no label. They are to be guessed, too, so that the model "
                     "cannot rely on visible words being right."),
        Mistake("always_mask", was=_REPLACE, now="", also=(("(fate < 0.8)", "True"),),
                says="Every chosen token becomes [MASK]. Only 80 % do: in use there is no [MASK], and the model should not "
                     "learn to work only where it sees one."),
        Mistake("never_random", was=_REPLACE, now="",
                says="No token becomes a random one: 80 % become [MASK] and 20 % stay. Of the chosen, 10 % get a random id."),
        Mistake("never_kept", was=" & (fate < 0.9)", now="",
                says="No chosen token stays as it is: 20 % become random. Of the chosen, 10 % are to stay."),
        Mistake("ninety_and_ten", was="(fate < 0.8)", now="(fate < 0.9)", also=(("(fate >= 0.8) & (fate < 0.9)", "(fate >= 0.9)"),),
                says="90 % of the chosen become [MASK] and none stays. It is 80 %, 10 % random, 10 % as they were."),
        Mistake("mostly_random", was="(fate < 0.8)", now="(fate < 0.1)", also=(("(fate >= 0.8)", "(fate >= 0.1)"),),
                says="80 % of the chosen become random and 10 % [MASK]: the two shares are swapped."),
        Mistake("masks_everything", was="becomes_mask = chosen & ", now="becomes_mask = ",
                says="80 % of *all* tokens become [MASK]. The 80 % are of the chosen ones."),
        Mistake("random_everywhere", was="becomes_random = chosen & ", now="becomes_random = ",
                says="10 % of *all* tokens become random. The 10 % are of the chosen ones."),
        Mistake("tenth_of_the_rest", was="& (fate < 0.9)", now=f"& ({_DICE} < 0.1)",
                says="Of the chosen, 2 % become random: a tenth of the 20 % that are left. It is a tenth of all chosen, half "
                     "of those that are left."),
        Mistake("random_over_mask", was="(fate >= 0.8) & (fate < 0.9)", now=f"({_DICE} < 0.1)",
                says="The tokens that become random are drawn from all chosen ones, so that some of the [MASK]s are "
                     "overwritten: 72 % are left. Draw them from those that did not become [MASK]."),
        Mistake("probability_fixed", was="< mlm_probability", now="< 0.15",
                says="15 % are chosen whatever is asked for: use `mlm_probability`."),
        Mistake("probability_inverted", was="< mlm_probability", now="> mlm_probability",
                says="The tokens that should be left alone are chosen: a uniform number is *below* p with probability p."),
        Mistake("mask_id_fixed", was="becomes_mask, mask_token_id", now="becomes_mask, 103",
                says="The id 103 stands in for [MASK], as in BERT's vocabulary; use `mask_token_id`."),
        Mistake("vocabulary_fixed", was="(0, vocab_size,", now="(0, 30522,",
                says="Random ids are drawn from BERT's 30,522; the vocabulary here has `vocab_size`, and a larger id has no "
                     "row in the table."),
        Mistake("one_too_many", was="(0, vocab_size,", now="(0, vocab_size + 1,",
                says="Random ids go up to `vocab_size` itself, which is no id: they run from 0 to `vocab_size - 1`."),
        Mistake("never_id_zero", was="(0, vocab_size,", now="(1, vocab_size,",
                says="Id 0 never comes up as a random one; ids begin at 0."),
        Mistake("random_from_batch", was="torch.randint(0, vocab_size, shape, generator=generator, device=device)",
                now=f"input_ids[:, {_DICE}[0].argsort()]",
                says="The random ids are other tokens of the batch. They are to come from the whole vocabulary, each id "
                     "equally likely."),
        Mistake("one_random_id", was="(0, vocab_size, shape,", now="(0, vocab_size, (1,),",
                says="One random id is drawn and used everywhere; each place draws its own."),
        Mistake("rows_alike", was=_CHOICE, now=_CHOICE.replace("shape", "shape[1:]"),
                says="The same places are chosen in every row: one row of random numbers was drawn, and it was broadcast. "
                     "Draw one for each token."),
        Mistake("whole_rows", was=_CHOICE, now=_CHOICE.replace("shape", "(len(input_ids), 1)"),
                says="A sentence is chosen as a whole or not at all: one random number was drawn a row. Draw one for each "
                     "token."),
        Mistake("fixed_number", function=_exactly,
                says="Every row has exactly the expected number of chosen tokens. Here each token is chosen by itself, so that "
                     "the number is left to chance, as in `DataCollatorForLanguageModeling`."),
    ),
    hints=(
        "Two questions are answered by dice for every token. Is it chosen? And if it is, what becomes of it: [MASK], a random "
        "id, or nothing? The labels depend on the first question only.",
        "Draw `torch.rand(input_ids.shape, generator=generator)` twice. The first, below `mlm_probability` and not special, says "
        "who is chosen. The second cuts [0, 1) into 0.8, 0.1 and 0.1. `torch.randint` gives a table of random ids of the same "
        "shape.",
        "`labels = input_ids.masked_fill(~chosen, -100)`. `inputs` is `input_ids.masked_fill(..., mask_token_id)` where chosen and "
        "fate < 0.8; then `torch.where(..., random_ids, inputs)` where chosen and fate is between 0.8 and 0.9. The rest stays.",
    ),
)  # fmt: skip


# mlm_head -------------------------------------------------------------------------------------------------------------


def _head_cases(draw: Draw) -> list[Case]:
    return [
        Case(_head(draw, 1.0, 1e-12), "five tokens of three sentences", 3e-5),
        Case(_head(draw, 0.2, 0.1), "an eps of 0.1"),
    ]


def _head(draw: Draw, scale: float, eps: float) -> tuple:
    params = dict(zip(("transform.dense.weight", "transform.dense.bias"), draw.linear(WIDE, WIDE), strict=True))
    params["transform.LayerNorm.weight"], params["transform.LayerNorm.bias"] = draw.norm(WIDE)
    params["bias"] = draw.normal(VOCABULARY, scale=0.5)
    return draw.hidden_states(BATCH, TOKENS, WIDE) * scale, params, draw.normal(VOCABULARY, WIDE), eps


_DENSE = 'linear(hidden_states, params["transform.dense.weight"], params["transform.dense.bias"])'
_NORM = "layer_norm(activated, norm_weight, norm_bias, eps)"
_DECODER = 'linear(transformed, word_embeddings, params["bias"])'

check_mlm_head = Check(
    reference.mlm_head,
    _head_cases,
    axes=("batch", "tokens", "vocabulary"),
    mistakes=(
        Mistake("no_transform", was=f"transformed = {_NORM}", now="transformed = hidden_states",
                says="The hidden states go straight to the word table. Before it stand a dense layer, GELU and a norm: the "
                     "`transform`."),
        Mistake("no_dense", was=_DENSE, now="hidden_states",
                says="The dense layer of the transform is missing."),
        Mistake("no_gelu", was="gelu(dense)", now="dense", says="GELU is missing between the dense layer and the norm."),
        Mistake("no_norm", was=_NORM, now="activated",
                says="The norm is missing: dense layer, GELU, norm, then the word table."),
        Mistake("norm_before_gelu", was="activated = gelu(dense)", now="activated = dense", also=(
                    (_NORM, f"gelu({_NORM})"),),
                says="The norm comes before GELU. In BERT's head it comes after it."),
        Mistake("norm_first", was=_DENSE,
                now=_DENSE.replace("hidden_states", 'layer_norm(hidden_states, params["transform.LayerNorm.weight"], '
                                                    'params["transform.LayerNorm.bias"], eps)'),
                also=((_NORM, "activated"),),
                says="The norm stands before the dense layer. It is the last step of the transform, after GELU."),
        Mistake("relu", was="gelu(dense)", now="torch.relu(dense)", says="ReLU stands where BERT has GELU."),
        Mistake("tanh_activation", was="gelu(dense)", now="torch.tanh(dense)",
                says="tanh is the pooler's activation; this head has GELU."),
        Mistake("residual", was=_NORM, now="layer_norm(activated + hidden_states, norm_weight, norm_bias, eps)",
                says="A residual is added before the norm. This head has none: it is no encoder layer."),
        Mistake("dense_transposed", was='params["transform.dense.weight"]', now='params["transform.dense.weight"].T',
                says="The dense layer's weight is transposed. It is stored as (out, in) and square, so no shape complains."),
        Mistake("no_dense_bias", was='params["transform.dense.bias"]', now='torch.zeros_like(params["transform.dense.bias"])',
                says="The bias of the transform's dense layer is missing."),
        Mistake("no_bias", was=_DECODER, now="transformed @ word_embeddings.T",
                says="The words' own bias, `params[\"bias\"]`, is missing: how frequent a word is shows there."),
        Mistake("bias_twice", was=_DECODER, now=f'{_DECODER} + params["bias"]', says="The words' bias is added twice."),
        Mistake("softmax", was=f"return {_DECODER}", now=f"return torch.softmax({_DECODER}, dim=-1)",
                says="These are probabilities. Asked for are the scores: the loss does the softmax itself."),
        Mistake("log_softmax", was=f"return {_DECODER}", now=f"return torch.log_softmax({_DECODER}, dim=-1)",
                says="These are log-probabilities. Asked for are the scores: the loss does the softmax itself."),
        Mistake("softmax_over_tokens", was=f"return {_DECODER}", now=f"return torch.softmax({_DECODER}, dim=1)",
                says="These are shares over the tokens. Asked for are the scores, without any softmax."),
        Mistake("scaled", was=f"return {_DECODER}", now=f"return {_DECODER} / hidden_states.shape[-1] ** 0.5",
                says="The scores are divided by √d. That is for attention; here nothing is scaled."),
        Mistake("products_scaled", was=_DECODER, now=_DECODER.replace("transformed,", "transformed / hidden_states.shape[-1] ** 0.5,"),
                says="The dot products are divided by √d. That is for attention; here nothing is scaled."),
        Mistake("cosine", was=_DECODER, now=_DECODER.replace("transformed, word_embeddings", "F.normalize(transformed, dim=-1), F.normalize(word_embeddings, dim=-1)"),
                says="These are cosines. The score of a word is the plain dot product: its vector's length counts."),
        Mistake("unit_words", was=_DECODER, now=_DECODER.replace("word_embeddings", "F.normalize(word_embeddings, dim=-1)"),
                says="The words' vectors are brought to length 1. They are used as they stand in the table."),
        Mistake("eps_fixed", was="norm_bias, eps)", now="norm_bias, 1e-12)", says="eps is fixed in the code; use `eps`."),
        Mistake("first_token_only", was=_DECODER, now=_DECODER.replace("transformed,", "transformed[:, 0],"),
                says="Only the first token is scored, as a pooler would do. Every place gets its scores."),
        Mistake("best_words", was=f"return {_DECODER}", now=f"return {_DECODER}.argmax(dim=-1)",
                says="It returns the best word's id. Asked for are the scores of all words."),
        Mistake("not_deterministic", was=_DECODER, now="nn.Linear(hidden_states.shape[-1], len(word_embeddings))(transformed)",
                says="The decoder is a new dense layer with random weights. It is tied: the word table itself is its weight."),
    ),
    hints=(
        "A dense layer, GELU, a norm: all of them you have. And then a question you know from attention: how well does this "
        "vector fit each of V others? Here they are the words' own vectors.",
        "(B, T, d) stays (B, T, d) through dense, GELU and norm. The word table is (V, d), which is just how `nn.Linear` stores a "
        "weight with d inputs and V outputs; `params[\"bias\"]` is (V,).",
        "`linear(hidden_states, params[\"transform.dense.weight\"], ...)`, `gelu`, `layer_norm` with the transform's weight and "
        "bias and `eps`, and at last `linear(..., word_embeddings, params[\"bias\"])`. No softmax.",
    ),
)  # fmt: skip


# mlm_loss -------------------------------------------------------------------------------------------------------------


def _labels(draw: Draw, batch: int, tokens: int, vocabulary: int) -> Tensor:
    """Labels of which most are -100; each row has another number of the others, and id 0 is among them."""
    labels = torch.full((batch, tokens), -100)
    for row in range(batch):
        for place in range(row + 1):
            labels[row, (2 * place + row) % tokens] = draw.number(1, vocabulary)
    labels[-1, -1] = 0
    return labels


def _loss_cases(draw: Draw) -> list[Case]:
    large, labels = draw.normal(1, 4, 103, scale=30), _labels(draw, 1, 4, 103)
    labels[0, 0] = 100  # a token, [UNK] in BERT's vocabulary: only -100 is none
    large[0, 0, 100] = -150.0  # in float32 its probability is 0, and e to the highest score is infinite
    large[0, 0] += 100 - large[0, 0].max()
    large[0, -1, 0], large[0, -1, 1] = 60.0, -300.0  # a likely word is right, and another has no probability
    return [
        Case(
            (draw.normal(BATCH, TOKENS, 11, scale=2), _labels(draw, BATCH, TOKENS, 11)), "7 of 15 tokens to be guessed"
        ),
        Case((large, labels), "large scores", 1e-4),
    ]


def _use_mlm_loss(answer, logits, labels):
    """The loss, and the gradient that training gets from it."""
    logits = logits.clone().requires_grad_()
    loss = answer(logits, labels)
    gradient = torch.zeros_like(logits)
    if isinstance(loss, Tensor) and loss.requires_grad:
        gradient = torch.autograd.grad(loss.sum(), logits)[0]
    return {"loss": loss.detach() if isinstance(loss, Tensor) else loss, "gradient": gradient}


_CROSS = "F.cross_entropy(logits[to_guess], labels[to_guess])"
_LOG_AFTERWARDS = (
    "The logarithm is taken of a probability that is already rounded: if the right word is very unlikely, that is 0, and the loss "
    "infinite. `F.cross_entropy` or `torch.log_softmax` does both at once."
)

check_mlm_loss = Check(
    reference.mlm_loss,
    _loss_cases,
    axes={"gradient": ("batch", "tokens", "vocabulary")},
    use=_use_mlm_loss,
    mistakes=(
        Mistake("over_all_positions", was=_CROSS, now="F.cross_entropy(logits.flatten(0, 1), labels.flatten().clamp(min=0))",
                says="Places with the label -100 count, too, as if [PAD], id 0, were their right answer. Only the others are to "
                     "be guessed."),
        Mistake("divided_by_all", was=f"return {_CROSS}",
                now='return F.cross_entropy(logits[to_guess], labels[to_guess], reduction="sum") / labels.numel()',
                says="The sum is divided by the number of *all* tokens. It is the mean over those that were to be guessed."),
        Mistake("divided_by_batch", was=f"return {_CROSS}",
                now='return F.cross_entropy(logits[to_guess], labels[to_guess], reduction="sum") / len(labels)',
                says="The sum is divided by the number of sentences. It is the mean over the tokens that were to be guessed."),
        Mistake("sum", was=_CROSS, now='F.cross_entropy(logits[to_guess], labels[to_guess], reduction="sum")',
                says="This is the sum. A mean does not depend on how many tokens were chosen."),
        Mistake("not_reduced", was=_CROSS, now='F.cross_entropy(logits[to_guess], labels[to_guess], reduction="none")',
                says="This is one loss a token; asked for is their mean, a tensor without axes."),
        Mistake("mean_of_row_means", was=f"return {_CROSS}",
                now="return torch.stack([F.cross_entropy(row, right) for row, right in zip(logits, labels)]).mean()",
                says="This is the mean of the sentences' means, in which a token counts more in a sentence where few were "
                     "chosen. Every token to be guessed counts the same."),
        Mistake("first_row_only", was=_CROSS, now="F.cross_entropy(logits[0], labels[0])",
                says="Only the first sentence counts."),
        Mistake("id_zero_skipped", was="labels != -100", now="labels > 0",
                says="A label of 0 is skipped. 0 is a token like others; only -100 means that nothing is to be guessed."),
        Mistake("softmax_first", was="F.cross_entropy(logits[", now="F.cross_entropy(torch.softmax(logits, dim=-1)[",
                says="Softmax is done twice: `F.cross_entropy` wants scores and does it itself."),
        Mistake("no_softmax", was=_CROSS, now="F.nll_loss(logits[to_guess], labels[to_guess])",
                says="The softmax is missing: this is minus the mean score of the right words."),
        Mistake("log_of_softmax", was=_CROSS, now="F.nll_loss(torch.softmax(logits[to_guess], dim=-1).log(), labels[to_guess])",
                says=_LOG_AFTERWARDS),
        Mistake("log_of_probability", was=_CROSS,
                now="-torch.softmax(logits[to_guess], dim=-1).gather(1, labels[to_guess][:, None]).log().mean()",
                says=_LOG_AFTERWARDS),
        Mistake("shifted", was=_CROSS, now="F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())",
                says="Scores and labels are shifted by one place, as for a model that predicts the next word. BERT's guess stands "
                     "at the token's own place."),
        Mistake("probability", was=_CROSS,
                now="-torch.softmax(logits[to_guess], dim=-1).gather(1, labels[to_guess][:, None]).mean()",
                says="The logarithm is missing: this is minus the mean probability of the right words."),
        Mistake("log_of_mean", was=_CROSS,
                now="-torch.softmax(logits[to_guess], dim=-1).gather(1, labels[to_guess][:, None]).mean().log()",
                says="The probabilities are averaged first, and the logarithm is taken of their mean. It is the other way "
                     "round: each token has its -ln p, and these are averaged."),
        Mistake("sign", was=f"return {_CROSS}", now=f"return -{_CROSS}",
                says="The sign is wrong: a step downhill would make the right words less likely."),
        Mistake("bits", was=f"return {_CROSS}", now=f"return {_CROSS} / 0.6931471805599453",
                says="This is in bits, with the logarithm to base 2. Asked for are nats: ln."),
        Mistake("perplexity", was=f"return {_CROSS}", now=f"return {_CROSS}.exp()",
                says="This is the perplexity, e to the loss. Train on the loss itself."),
        Mistake("softmax_over_tokens", was=_CROSS,
                now="F.nll_loss(torch.log_softmax(logits, dim=1)[to_guess], labels[to_guess])",
                says="The softmax goes over the tokens. It goes over the vocabulary, the last axis."),
        Mistake("reshaped", was=_CROSS, now="F.cross_entropy(logits.reshape(len(logits), logits.shape[-1], -1), labels)",
                says="`F.cross_entropy` wants the vocabulary as the second axis, and a reshape gives that shape without moving "
                     "a number: the words' scores are mixed up. Transpose, or flatten batch and tokens."),
        Mistake("smoothed", was="labels[to_guess])", now="labels[to_guess], label_smoothing=0.1)",
                says="Label smoothing is on; BERT has none."),
        Mistake("error_rate", was=_CROSS, now="(logits[to_guess].argmax(dim=-1) != labels[to_guess]).float().mean()",
                says="This is the share of wrong guesses. It has no slope to go down: use cross-entropy."),
        Mistake("detached", was=f"return {_CROSS}", now=f"return {_CROSS}.detach()",
                says="The number is right, but no gradient comes back from it, so nothing would be learned. Keep it a tensor "
                     "all the way: no `.item()`, `.detach()` or `torch.tensor(...)`."),
        Mistake("float_returned", was=f"return {_CROSS}", now=f"return {_CROSS}.item()",
                says="`.item()` makes a number of it, which knows no gradient. Return the tensor."),
        Mistake("mean_squares", was=_CROSS,
                now="F.mse_loss(torch.softmax(logits[to_guess], dim=-1), F.one_hot(labels[to_guess], logits.shape[-1]).float())",
                says="These are mean squared errors of the probabilities; asked for is the cross-entropy."),
    ),
    hints=(
        "Cross-entropy is -ln of the probability that the model gives the right word. Take it where there is something to guess, "
        "and average.",
        "`labels != -100` is a (batch, tokens) mask of n places to guess. `logits[mask]` is then (n, vocabulary) and `labels[mask]` "
        "(n,), and `F.cross_entropy` takes just that.",
        "`F.cross_entropy(logits[mask], labels[mask])` takes scores, not probabilities, and its mean is over n. It can also skip "
        "-100 by itself, if batch and tokens are flattened into one axis first.",
    ),
)  # fmt: skip


# train_step -----------------------------------------------------------------------------------------------------------


def _step_cases(draw: Draw) -> list[Case]:
    def batches(number: int) -> dict[int, dict[str, Tensor]]:
        return {step: _batch(draw) for step in range(number)}

    return [
        Case((_weights(draw), batches(1), "SGD", "train"), "one step"),
        Case((_weights(draw), batches(3), "SGD with momentum", "eval"), "three steps, the model in eval mode"),
        Case((_weights(draw), batches(2), "AdamW", "train"), "two steps of AdamW"),
    ]


def _batch(draw: Draw) -> dict[str, Tensor]:
    ids = draw.integers(0, VOCABULARY, BATCH, TOKENS)
    return {
        "input_ids": ids,
        "attention_mask": draw.attention_mask(BATCH, TOKENS),
        "labels": _labels(draw, BATCH, TOKENS, VOCABULARY),
    }


def _use_train_step(answer, weights, batches, optimizer, mode):
    """What some steps of training leave behind: losses, parameters, the model's mode; and what went on in them."""
    model = TinyModel(weights).train(mode == "train")
    parameters = list(model.parameters())
    if optimizer == "AdamW":  # with a large eps, or the sign of a rounding error would move a parameter
        made = torch.optim.AdamW(parameters, lr=0.2, eps=0.05, weight_decay=0.1)
    else:
        made = torch.optim.SGD(parameters, lr=0.3, momentum=0.9 if "momentum" in optimizer else 0.0)
    steps = []
    made.register_step_post_hook(lambda *_: steps.append(1))
    losses = [answer(model, batch, made) for batch in batches.values()]
    went_on = [model.backwards, len(steps), sum(p.grad is not None for p in parameters)]
    return {
        "losses": [loss.detach() if isinstance(loss, Tensor) else loss for loss in losses],
        **{name: parameter.detach() for name, parameter in model.named_parameters()},
        "mode afterwards": "train" if model.training else "eval",
        "went on": went_on,
    }


def _left_behind(value, *_args):
    """How a right answer does it is its own affair: some clear the gradients before a step, some after it."""
    return {name: part for name, part in value.items() if name != "went on"}


_FORWARD = 'logits = model(batch["input_ids"], batch["attention_mask"])'
_ZERO, _BACKWARD, _STEP = "    optimizer.zero_grad()\n", "    loss.backward()\n", "    optimizer.step()\n"
_LOSS = 'mlm_loss(logits, batch["labels"])'

check_train_step = Check(
    reference.train_step,
    _step_cases,
    axes={"words": ("vocabulary", "hidden"), "mix": ("hidden", "hidden")},
    use=_use_train_step,
    view=_left_behind,
    mistakes=(
        Mistake("no_zero_grad", was=_ZERO, now="",
                says="`zero_grad` is missing, or stands there without its parentheses. PyTorch *adds* new gradients to the old "
                     "ones, so from the second step on every step goes where all batches before it pointed, too."),
        Mistake("zero_grad_after_backward", was=_ZERO + _BACKWARD, now=_BACKWARD + _ZERO,
                says="`zero_grad` comes between `backward` and `step` and throws away the gradients that were just computed: "
                     "nothing is learned. It belongs before `backward`."),
        Mistake("no_step", was=_STEP, now="",
                says="The optimizer makes no step: the gradients are there, and nothing moves. Without its parentheses "
                     "`optimizer.step` does nothing."),
        Mistake("no_backward", was=_BACKWARD, now="",
                says="No gradient reaches the model, so the step of the optimizer moves nothing. `backward` is missing, stands "
                     "there without its parentheses, or begins at a loss that was cut off by `.detach()` or a new "
                     "`torch.tensor(...)`."),
        Mistake("nothing_called", was=_ZERO + _BACKWARD + _STEP, now="",
                says="Neither `backward` nor a step of the optimizer is called, so nothing is learned. A method is called with "
                     "parentheses; without them the line does nothing."),
        Mistake("step_before_backward", was=_BACKWARD + _STEP, now=_STEP + _BACKWARD,
                says="The step comes before `backward`, when the gradients have just been cleared: nothing is learned."),
        Mistake("step_first", was=_ZERO + _BACKWARD + _STEP, now=_STEP + _ZERO + _BACKWARD,
                says="The step comes first, so it uses the gradients of the batch before: training is one batch late."),
        Mistake("two_steps", was=_STEP, now=_STEP + _STEP, says="The optimizer makes two steps with the same gradients."),
        Mistake("backward_twice", was=_BACKWARD, now="    loss.backward(retain_graph=True)\n    loss.backward()\n",
                says="`backward` is called twice, and gradients add up: they are doubled."),
        Mistake("tensor_returned", was="loss.item()", now="loss",
                says="It returns a tensor, which keeps the whole computation alive. `.item()` makes it a Python float."),
        Mistake("nothing_returned", was="    return loss.item()", now="    return None",
                says="The step is right, but it returns nothing: return the loss as a Python float."),
        Mistake("loss_afterwards", was="return loss.item()",
                now='return mlm_loss(model(batch["input_ids"], batch["attention_mask"]), batch["labels"]).item()',
                says="The loss is computed once more after the step. Return the one before it: a second forward pass would "
                     "double the cost."),
        Mistake("left_in_eval_mode", was=_FORWARD, now=f"model.eval()\n    {_FORWARD}",
                says="The model is put into eval mode, which switches dropout off, and left there. Its mode stays as it is."),
        Mistake("in_train_mode", was=_FORWARD,
                now=f"before = model.training\n    model.train()\n    {_FORWARD}\n    model.train(before)",
                says="The model is in train mode during the step, whatever it was in before. Its mode is the caller's affair: "
                     "leave it as it is."),
        Mistake("left_in_train_mode", was=_FORWARD, now=f"model.train()\n    {_FORWARD}",
                says="The model is put into train mode and left there. Its mode is the caller's affair: leave it as it is."),
        Mistake("mask_forgotten", was=_FORWARD, now='logits = model(batch["input_ids"])',
                says="The attention mask does not reach the model, so real tokens look at padding."),
        Mistake("mask_inverted", was=_FORWARD, now='logits = model(batch["input_ids"], 1 - batch["attention_mask"])',
                says="The attention mask is inverted: it is 1 for real tokens."),
        Mistake("labels_as_inputs", was=_FORWARD,
                now='logits = model(torch.where(batch["labels"] < 0, batch["input_ids"], batch["labels"]), batch["attention_mask"])',
                says="The model is given the right words where it should guess them."),
        Mistake("targets_are_inputs", was=_LOSS, now='mlm_loss(logits, batch["input_ids"])',
                says="The loss compares with `input_ids`, the changed sentence, at every place: the model would learn to copy. "
                     "The right words stand in `labels`."),
        Mistake("real_tokens", was=_LOSS, now='mlm_loss(logits, batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100))',
                says="The loss is over all real tokens and compares with `input_ids`: the model would learn to copy. The right "
                     "words stand in `labels`."),
        Mistake("clipped", was=_STEP, now="    nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n" + _STEP,
                says="Gradients are clipped before the step. A good habit in long trainings, but it is not asked for here and "
                     "changes the step."),
        Mistake("uphill", was=_BACKWARD, now="    (-loss).backward()\n",
                says="The step goes uphill: the loss that is minimised has the wrong sign."),
    ),
    hints=(
        "Five moves, and their order matters: guess, measure, forget old gradients, compute new ones, move. PyTorch adds every "
        "new gradient to what is already there.",
        "The model takes ids and attention mask and gives logits; `mlm_loss` takes these and the labels. Then three calls: one "
        "on the optimizer, one on the loss, one on the optimizer again. The loss is a tensor without axes.",
        "`logits = model(...)`, `loss = mlm_loss(logits, ...)`, then `optimizer.zero_grad()`, `loss.backward()`, "
        "`optimizer.step()` in this order, and `loss.item()` is the float. Leave `train()` and `eval()` to the caller.",
    ),
)  # fmt: skip


# fill_mask ------------------------------------------------------------------------------------------------------------


def _fill_cases(draw: Draw) -> list[Case]:
    three = draw.integers(5, VOCABULARY, BATCH, TOKENS)
    three[0, 1] = three[0, 2] = three[1, 0] = three[2, 4] = _MASK
    two = draw.integers(5, VOCABULARY, 1, 4)
    two[0, 1] = two[0, 2] = _MASK

    def weights() -> dict[str, Tensor]:
        made = _weights(draw)
        made["bias"][_MASK] -= 100.0  # a [MASK] filled with [MASK] would be none
        return made

    return [
        Case((weights(), three, _MASK, 11), "four [MASK]s in three sentences"),
        Case((weights(), two, _MASK, VOCABULARY), "two [MASK]s, and all words ranked"),
        Case((weights(), draw.integers(5, VOCABULARY, 2, 3), _MASK, 2), "no [MASK] at all"),
    ]


def _use_fill_mask(answer, weights, input_ids, mask_token_id, k):
    return answer(TinyModel(weights).eval(), input_ids, mask_token_id, k)


def _by_columns(model, input_ids, mask_token_id, k):
    places = (mask_token_id == input_ids.T).nonzero().tolist()
    scores = model(input_ids, torch.ones_like(input_ids)).detach()
    return [scores[row, column].argsort(descending=True)[:k].tolist() for column, row in places]


def _by_sentence(model, input_ids, mask_token_id, k):
    return [reference.fill_mask(model, row[None], mask_token_id, k) for row in input_ids]


def _one_by_one(model, input_ids, mask_token_id, k):
    filled, found = input_ids.clone(), []
    for row, column in (input_ids == mask_token_id).nonzero().tolist():
        scores = model(filled, torch.ones_like(filled)).detach()[row, column]
        found.append(scores.argsort(descending=True)[:k].tolist())
        filled[row, column] = found[-1][0]
    return found


_WHERE = "logits[input_ids == mask_token_id]"
_BEST = "return best_first[:, :k].tolist()"

check_fill_mask = Check(
    reference.fill_mask,
    _fill_cases,
    use=_use_fill_mask,
    mistakes=(
        Mistake("worst_first", was="descending=True", now="descending=False",
                says="The worst words come first; sort by score, highest first."),
        Mistake("k_reversed", was=_BEST, now="return best_first[:, :k].flip(-1).tolist()",
                says="These are the k best, but the best comes last."),
        Mistake("k_ignored", was="[:, :k]", now="", says="It returns all words in order; only the `k` best are asked for."),
        Mistake("best_only", was="[:, :k]", now="[:, :1]", says="It returns the best word only; `k` are asked for."),
        Mistake("one_too_many", was="[:, :k]", now="[:, :k + 1]", says="It returns one word too many."),
        Mistake("best_left_out", was="[:, :k]", now="[:, 1:k + 1]", says="It leaves out the best word; the list begins with it."),
        Mistake("first_mask_only", was=_BEST, now="return best_first[:1, :k].tolist()",
                says="Only the first [MASK] is answered; each of them gets its list."),
        Mistake("first_mask_flat", was=_BEST, now="return best_first[0, :k].tolist() if len(best_first) else []",
                says="It returns one flat list, for the first [MASK]. Asked for is a list for each [MASK]."),
        Mistake("first_sentence_only", was=_WHERE, now="logits[0][input_ids[0] == mask_token_id]",
                says="Only the first sentence is looked at; there may be several."),
        Mistake("one_per_sentence", function=lambda model, input_ids, mask_token_id, k: [
                    guesses[0] for guesses in _by_sentence(model, input_ids, mask_token_id, k) if guesses],
                says="Only the first [MASK] of each sentence is answered."),
        Mistake("grouped", function=_by_sentence,
                says="The lists are grouped by sentence. Asked for is one list of k ids for each [MASK], without another level."),
        Mistake("by_columns", function=_by_columns,
                says="The [MASK]s are taken column by column. Reading order is row by row, from left to right."),
        Mistake("one_by_one", function=_one_by_one,
                says="Each [MASK] is filled with its best word before the next is looked at. BERT guesses all of them at once, "
                     "from the same sentence."),
        Mistake("next_place", was=_WHERE, now="logits.roll(-1, dims=1)[input_ids == mask_token_id]",
                says="The scores are those of the place after the [MASK]."),
        Mistake("place_before", was=_WHERE, now="logits.roll(1, dims=1)[input_ids == mask_token_id]",
                says="The scores are those of the place before the [MASK], as in models that predict the next word. BERT's "
                     "guess stands at the [MASK] itself."),
        Mistake("all_places", was=_WHERE, now="logits.flatten(0, 1)",
                says="Every place gets its guesses; only the [MASK]s are asked for."),
        Mistake("the_other_places", was="input_ids == mask_token_id", now="input_ids != mask_token_id",
                says="The guesses are for the places that are *not* masked."),
        Mistake("masks_hidden", was="torch.ones_like(input_ids)", now="(input_ids != mask_token_id).long()",
                says="The attention mask hides the [MASK]s. They are real tokens; the attention mask is about padding, and here "
                     "there is none."),
        Mistake("scores_returned", was=_BEST, now="return scores.sort(dim=-1, descending=True).values[:, :k].tolist()",
                says="These are the scores; asked for are the words' ids."),
        Mistake("pairs_returned", was=_BEST,
                now="return [[(i, float(s[i])) for i in ids[:k].tolist()] for s, ids in zip(scores, best_first)]",
                says="It returns (id, score) pairs; asked for are the ids alone."),
        Mistake("tensor_returned", was=_BEST, now="return best_first[:, :k]",
                says="It returns a tensor; `.tolist()` makes lists of it."),
    ),
    hints=(
        "The model scores every word at every place. You need the rows of scores that belong to the [MASK]s, each sorted.",
        "`logits` is (batch, tokens, vocabulary), and `input_ids == mask_token_id` is (batch, tokens), true at the [MASK]s. "
        "Indexing one with the other gives (masks, vocabulary) in reading order.",
        "With `torch.no_grad()`: `logits = model(input_ids, torch.ones_like(input_ids))`. Then `argsort(dim=-1, descending=True)` of "
        "the rows at the [MASK]s, the first `k` columns, `.tolist()`.",
    ),
)  # fmt: skip


# agreement_accuracy ---------------------------------------------------------------------------------------------------


_GROUP, _WINS = 6, (2, 5, 1, 4, 6)  # questions a case, and how many of them the model gets right


@functools.cache
def _questions() -> SimpleNamespace:
    """Sentences of the tiny grammar with two verbs each; the tokenizer; and both as it reads them."""
    from transformers import BertTokenizer

    tokenizer, verbs = BertTokenizer(vocab=reference.tiny_vocabulary()), list(reference.VERBS.items())
    texts = [text for text, *_ in reference.tiny_corpus(torch.Generator().manual_seed(0))[1][::6]][
        : _GROUP * len(_WINS)
    ]
    whole, bare = (
        tokenizer(texts, padding=True, add_special_tokens=special, return_tensors="pt") for special in (True, False)
    )
    pairs = [verbs[number % len(verbs)] for number in range(len(texts))]
    words = torch.tensor([tokenizer.convert_tokens_to_ids(pair) for pair in pairs])
    return SimpleNamespace(texts=texts, pairs=pairs, words=words, tokenizer=tokenizer, whole=whole, bare=bare)


def _preferences(weights: dict[str, Tensor]) -> list[Tensor]:
    """Whether a model prefers a question's first verb, (questions,): at the [MASK], then at the wrong places, at the [MASK]
    without the attention mask, on average over the places, and at the [MASK] without special tokens.
    """
    asked, model = _questions(), TinyModel(weights).eval()
    masked = asked.tokenizer.mask_token_id

    def lead(batch: dict[str, Tensor]) -> Tensor:
        """By how much the first verb is ahead, (questions, tokens)."""
        logits = model(batch["input_ids"], batch["attention_mask"]).detach()
        scores = logits.gather(2, asked.words[:, None, :].expand(-1, logits.shape[1], -1))
        return scores[:, :, 0] - scores[:, :, 1]

    ids, real = asked.whole["input_ids"], asked.whole["attention_mask"]
    whole, bare = lead(asked.whole), lead(asked.bare)
    unmasked = lead({"input_ids": ids, "attention_mask": torch.ones_like(ids)})
    rows, here = (ids == masked).nonzero(as_tuple=True)
    places = (here, here - 1, here + 1, 0 * here, real.sum(dim=1) - 1)
    leads = [*(whole[rows, place] for place in places), unmasked[rows, here]]
    return [one > 0 for one in (*leads, (whole * real).sum(dim=1), bare[asked.bare["input_ids"] == masked])]


def _agreement_cases(draw: Draw) -> list[Case]:
    """Which of the two verbs is right is chosen such that the model wins as often as in _WINS; of what it does not win,
    one question is a draw. A model that would win as often at a wrong place is drawn anew.
    """
    asked, shape = _questions(), (len(_WINS), _GROUP)
    turn = (torch.arange(_GROUP) + 2 * torch.arange(len(_WINS))[:, None]) % _GROUP  # the wins do not always come first
    wins = torch.tensor(_WINS)[:, None]
    won, draws = turn < wins, (turn == _GROUP - 1) & (wins < _GROUP)  # (cases, questions)
    distinct = False
    while not distinct:
        weights = _weights(draw, len(reference.tiny_vocabulary()))
        weights["bias"] *= 0.3  # what a place has to say must count more than what is said everywhere
        weights["bias"][asked.words.flatten()] += 4.0  # verbs are the best words: "the best of all" is no rare thing
        first, *others = _preferences(weights)
        same = [(other == first).view(shape) for other in others]
        shares = [(((one & won) | (~one & ~won)) & ~draws).sum(dim=1).tolist() for one in same]
        distinct = list(_WINS) not in shares
    cases = []
    for group, count in enumerate(_WINS):
        questions = []
        for place in range(_GROUP):
            number = _GROUP * group + place
            better, worse = asked.pairs[number] if first[number] else asked.pairs[number][::-1]
            right = better if won[group, place] else worse
            wrong = right if draws[group, place] else better if right == worse else worse
            questions.append((asked.texts[number], right, wrong))
        cases.append(Case((weights, questions), f"{_GROUP} questions, of which the model gets {count} right"))
    return cases


def _use_agreement_accuracy(answer, weights, sentences):
    return answer(TinyModel(weights).eval(), _questions().tokenizer, sentences)


_COMPARED = "scores[right_id] > scores[wrong_id]"
_AT_MASK = 'logits[inputs["input_ids"] == tokenizer.mask_token_id][0]'
_PLACE = '(inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero()[0, 0]'
_COUNTED = "            successes = successes + 1\n"
_SHARE = "return successes / len(sentences)"


def _probability_of_the_right(model, tokenizer, sentences):
    total = 0.0
    for sentence, right, wrong in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        logits = model(inputs["input_ids"], inputs["attention_mask"]).detach()
        scores = logits[inputs["input_ids"] == tokenizer.mask_token_id][0]
        pair = scores[torch.tensor(tokenizer.convert_tokens_to_ids([right, wrong]))]
        total += float(torch.softmax(pair, dim=0)[0])
    return total / len(sentences)


def _padding_looked_at(model, tokenizer, sentences):
    ids = tokenizer([sentence for sentence, *_ in sentences], padding=True, return_tensors="pt")["input_ids"]
    scores = model(ids, torch.ones_like(ids)).detach()[ids == tokenizer.mask_token_id]
    pairs = torch.tensor([tokenizer.convert_tokens_to_ids(pair) for _, *pair in sentences])
    right, wrong = scores.gather(1, pairs).T
    return (right > wrong).sum().item() / len(sentences)


check_agreement_accuracy = Check(
    reference.agreement_accuracy,
    _agreement_cases,
    use=_use_agreement_accuracy,
    mistakes=(
        Mistake("inverted", was=_COMPARED, now="scores[right_id] < scores[wrong_id]",
                says="It counts how often the *wrong* word wins."),
        Mistake("draw_counts", was=_COMPARED, now="scores[right_id] >= scores[wrong_id]",
                says="A draw counts as a success; the right word has to score higher."),
        Mistake("count", was=_SHARE, now="return successes", says="This is the number of successes; asked for is their share."),
        Mistake("percent", was=_SHARE, now="return 100 * successes / len(sentences)",
                says="This is in per cent; asked for is a share between 0 and 1."),
        Mistake("error_rate", was=_SHARE, now="return 1 - successes / len(sentences)",
                says="This is the share of failures; asked for are the successes."),
        Mistake("best_word", was=_COMPARED, now="scores.argmax() == right_id",
                says="It asks whether the right word is the best of all. The question is only whether it beats the wrong one."),
        Mistake("ids_compared", was=_COMPARED, now="right_id > wrong_id",
                says="The two ids are compared, not the scores that stand at them."),
        Mistake("one_of_the_best", was=_COMPARED, now="right_id in scores.topk(5).indices",
                says="It asks whether the right word is among the best five. The question is whether it beats the wrong one."),
        Mistake("at_cls", was=_AT_MASK, now="logits[0, 0]", says="The scores are those at [CLS]; the guess stands at the [MASK]."),
        Mistake("at_last", was=_AT_MASK, now="logits[0, -1]", says="The scores are those at the last token; the guess stands at the [MASK]."),
        Mistake("place_before", was=_AT_MASK, now=f"logits[0, {_PLACE} - 1]",
                says="The scores are those of the place before the [MASK], as in models that predict the next word. BERT's "
                     "guess stands at the [MASK] itself."),
        Mistake("place_after", was=_AT_MASK, now=f"logits[0, {_PLACE} + 1]",
                says="The scores are those of the place after the [MASK]."),
        Mistake("mean_of_places", was=_AT_MASK, now="logits[0].mean(dim=0)",
                says="The scores are averaged over all places; the guess stands at the [MASK]."),
        Mistake("no_special_tokens", was="tokenizer(sentence, ", now="tokenizer(sentence, add_special_tokens=False, ",
                says="The sentence goes in without [CLS] and [SEP]. The model was trained with them."),
        Mistake("words_with_cls", was="tokenizer.convert_tokens_to_ids([right, wrong])",
                now="(tokenizer.encode(word)[0] for word in (right, wrong))",
                says="Not one question is won. Do both words get the same id, which makes every question a draw? (`tokenizer.encode` "
                     "puts [CLS] in front.) Or does the comparison never come out true?"),
        Mistake("mask_forgotten", function=_padding_looked_at,
                says="The sentences go in as one padded batch, and the attention mask does not reach the model, so real tokens look "
                     "at padding."),
        Mistake("last_question_only", was=_COUNTED, now="            successes = len(sentences)\n        else:\n            successes = 0\n",
                says="Only the last question decides."),
        Mistake("first_question_only", was=f"    {_SHARE}", now=f"        {_SHARE.replace('len(sentences)', '1')}",
                says="The `return` stands inside the loop, so it ends after the first question."),
        Mistake("draws_left_out", was=_SHARE, now="return successes / sum(right != wrong for _, right, wrong in sentences)",
                says="It divides by the questions that are no draws. A draw is no success, but it is a question."),
        Mistake("probability", function=_probability_of_the_right,
                says="It averages the probability of the right word against the wrong one. Count the questions that are won."),
        Mistake("rounded", was=_SHARE, now="return round(successes / len(sentences))",
                says="The share is rounded to a whole number."),
        Mistake("floor_division", was=_SHARE, now="return successes // len(sentences)",
                says="`//` throws away what stands behind the point; a share needs `/`."),
    ),
    hints=(
        "Each question is one sentence with a [MASK] and two candidates. Let the model score the [MASK] and see which of the two "
        "it likes better. Then count.",
        "`tokenizer(sentence, return_tensors=\"pt\")` gives `input_ids` and `attention_mask`, both (1, tokens). From the logits, (1, "
        "tokens, vocabulary), take the row at the [MASK], (vocabulary,). `tokenizer.convert_tokens_to_ids([right, wrong])` gives "
        "two places in it.",
        "In a loop, under `torch.no_grad()`: `scores = logits[inputs[\"input_ids\"] == tokenizer.mask_token_id][0]`; if "
        "`scores[right_id] > scores[wrong_id]`, one more success. At the end divide by `len(sentences)`.",
    ),
)  # fmt: skip
