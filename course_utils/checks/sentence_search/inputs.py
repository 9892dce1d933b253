"""A small tokenizer and a small model, and what `embed` is compared by: its vectors, and how it used the model."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import BatchEncoding, BertConfig, BertModel, BertTokenizer
from transformers.modeling_outputs import BaseModelOutputWithPooling

from course_utils.checks.inputs import HEADS, HIDDEN, INTERMEDIATE, want_ids
from course_utils.judge.shelf import copied, lent, remembering
from course_utils.judge.words import brief

_KNOWN = "the a cat dog river bank sat on by and is was not small old warm cold near"
WORDS = _KNOWN.split()
LONG = 300  # tokens: more than the 256 at which a text is cut off, fewer than the model has positions


def _what_is_cut(tokenizer: BertTokenizer, *texts: object, **options: object) -> str:
    """Texts, options, and the settings that an answer may have changed."""
    own = (
        tokenizer.model_max_length,
        tokenizer.padding_side,
        tokenizer.truncation_side,
        tokenizer.special_tokens_map,
    )
    return repr((texts, options, own))


_cut = remembering(
    BertTokenizer.__call__,
    key=_what_is_cut,
    copy=lambda found: BatchEncoding(copied(found.data), found.encodings),
)


class SmallTokenizer(BertTokenizer):
    """A BertTokenizer with a vocabulary of a few words, which cuts the same texts only once."""

    def __call__(self, *texts: object, **options: object) -> BatchEncoding:
        """Like a BertTokenizer, with better messages for two mistakes."""
        if texts and isinstance(texts[0], list) and not texts[0]:  # it would say "list index out of range"
            raise ValueError("the tokenizer got an empty list of texts: a batch too many, or a wrong slice?")
        if self.pad_token is None:  # it would advise to set it to the eos_token, which has just been done
            raise ValueError("the tokenizer's pad_token is None now: a BERT has its own, [PAD], and no eos_token.")
        return _cut(self, *texts, **options)


class SmallBert(BertModel):
    """A BERT with one bare attention for its layers. `most` is the largest batch that it has seen."""

    most = 0

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        **more: object,
    ) -> BaseModelOutputWithPooling | tuple:
        """Like a BertModel, but the token types do not count."""
        want_ids(input_ids)
        self.most = max(self.most, len(input_ids))
        tables, places = self.embeddings, input_ids.shape[1]
        x = tables.word_embeddings.weight[input_ids] + tables.position_embeddings.weight[:places]
        keep = None if attention_mask is None else attention_mask[:, None, :].bool()
        states = (x, tables.LayerNorm(x + F.scaled_dot_product_attention(x, x, x, keep)))
        pooled = torch.tanh(states[1][:, 0] @ self.pooler.dense.weight)
        all_states = more.get("output_hidden_states", self.config.output_hidden_states)
        output = BaseModelOutputWithPooling(states[1], pooled, states if all_states else None)
        return output.to_tuple() if more.get("return_dict") is False else output

    def nature(self) -> tuple:
        """What an answer may do to it that another one would see."""
        weights = [(weight.shape, weight.dtype, weight.requires_grad) for weight in self.parameters()]
        return weights, self.training, len(self._forward_hooks), self.config.output_hidden_states


def _new_tokenizer() -> SmallTokenizer:
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, ".", "##s"]
    return SmallTokenizer(vocab={token: number for number, token in enumerate(tokens)})


def _new_model() -> SmallBert:
    """A random one in eval mode, always the same."""
    config = BertConfig(
        vocab_size=len(small_tokenizer()),
        hidden_size=HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=HEADS,
        intermediate_size=INTERMEDIATE,
        max_position_embeddings=LONG + 20,
        attn_implementation="eager",
    )
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(8)
        model = SmallBert(config).eval()
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape))
    return model


# Every call gets a copy of the tokenizer, since answers change its settings, and the model itself: `embedded` undoes
# what they do to it.
small_tokenizer = remembering(_new_tokenizer, key=lambda: "the one")
small_bert = remembering(lambda: lent(_new_model()), key=lambda: "the one")


class Embedded(dict):
    """What an answer returned, and how it used the model. A card shows only the former: nobody has to return a dict."""

    def __repr__(self) -> str:
        return brief(self["vectors"], 300)


def embedded(
    answer: Callable, texts: list[str], tokenizer: SmallTokenizer, model: SmallBert, *batch_size: int
) -> Embedded:
    """What an answer returns, and how it used the model, which a value alone does not show."""
    model.most, nature = 0, model.nature()
    try:
        vectors = answer(texts, tokenizer, model, *batch_size)
        mode_kept = not model.training
    finally:
        most = model.most
        if (
            model.nature() != nature
        ):  # the next call gets this very model: once frozen, nobody's gradients would be noticed
            vars(model).update(vars(_new_model()))
    used = {
        "vectors": vectors,
        "more than batch_size texts at a time": most > (batch_size or (32,))[0],
        "gradients recorded": isinstance(vectors, Tensor) and vectors.requires_grad,
        "model left in eval mode": mode_kept,
    }
    return Embedded(used)
