"""A masked language model small enough to be trained in a minute: its sizes, the model, the training.

The config is the real one: `BertConfig(**TINY_CONFIG)`.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.masked_lm import mask_tokens, mlm_head, train_step
from course_utils.reference.self_attention import attention_scores, linear, softmax, split_heads
from course_utils.reference.whole_model import Bert

TINY_CONFIG = {
    "vocab_size": 32,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,  # the more, the sooner one of them finds the subject
    "intermediate_size": 256,
    "max_position_embeddings": 16,
    "initializer_range": 0.125,  # 1/√hidden. BERT's 0.02 is for larger models, and slower to get going here
}


class MaskedLM(nn.Module):
    """`Bert` with the masked-language-model head on top.

    config: the sizes, `layer_norm_eps` and `initializer_range`.
    generator: where all random numbers come from.

    The parameters have the names of `BertForMaskedLM` and are initialised as BERT's
    were: weights normal with `config.initializer_range`, biases 0.
    """

    def __init__(self, config, generator: torch.Generator) -> None:
        super().__init__()
        self.config = config
        self.bert = Bert(config)
        hidden = config.hidden_size
        norm = nn.LayerNorm(hidden, eps=config.layer_norm_eps)
        transform = {"dense": nn.Linear(hidden, hidden), "LayerNorm": norm}
        head = nn.ModuleDict({"transform": nn.ModuleDict(transform)})
        head.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.cls = nn.ModuleDict({"predictions": head})
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif "LayerNorm" not in name:
                nn.init.normal_(parameter, std=config.initializer_range, generator=generator)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Score every word of the vocabulary at every place.

        input_ids: (batch, tokens).
        attention_mask: None, or (batch, tokens); without it every token is real.

        Returns: (batch, tokens, vocabulary).
        """
        hidden_states = self.bert(input_ids, attention_mask)["last_hidden_state"]
        params = dict(self.cls["predictions"].named_parameters())
        word_embeddings = self.bert.embeddings["word_embeddings"].weight
        return mlm_head(hidden_states, params, word_embeddings, self.config.layer_norm_eps)


def silence(model: nn.Module, part: str) -> None:
    """Set some parameters to 0 and keep them there: training without positions, say.

    model: the model to change.
    part: what the names of those parameters contain, such as `position_embeddings`.
    """
    for name, parameter in model.named_parameters():
        if part in name:
            nn.init.zeros_(parameter).requires_grad_(False)


def training_losses(
    model: nn.Module,
    tokenizer,
    sentences: list[str],
    generator: torch.Generator,
    steps: int = 600,
    batch_size: int = 32,
    learning_rate: float = 2.5e-3,
    mlm_probability: float = 0.15,
) -> Iterator[float]:
    """Train, and yield each step's loss: `for loss in tqdm(training_losses(...))`.

    model: a `MaskedLM`.
    tokenizer: a `BertTokenizer`.
    sentences: the texts to learn from.
    generator: where all random numbers come from.
    steps: how many batches to learn from.
    batch_size: how many sentences a batch has.
    learning_rate: the highest one.
    mlm_probability: how likely each token is to be chosen for guessing.

    The learning rate rises over the first tenth of the steps and then falls in a
    straight line to 0, as BERT's did. AdamW's second beta is that of Vaswani et al.
    2017: a short training cannot wait for a mean over a thousand steps. Tensors this
    small are computed fastest by one thread: `torch.set_num_threads(1)`.

    Returns: an iterator over the losses.
    """
    encoded = tokenizer(sentences, padding=True, return_special_tokens_mask=True, return_tensors="pt")
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=learning_rate, betas=(0.9, 0.98), fused=True)
    warm_up = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm_up, (steps - step) / (steps - warm_up + 1))
    )
    for _ in range(steps):
        rows = torch.randint(len(sentences), (batch_size,), generator=generator)
        input_ids, labels = mask_tokens(
            encoded["input_ids"][rows],
            encoded["special_tokens_mask"][rows],
            model.config.vocab_size,
            tokenizer.mask_token_id,
            generator,
            mlm_probability,
        )
        batch = {"input_ids": input_ids, "attention_mask": encoded["attention_mask"][rows], "labels": labels}
        yield train_step(model, batch, optimizer)
        schedule.step()


@torch.no_grad()
def attention_maps(model: MaskedLM, input_ids: Tensor) -> Tensor:
    """Compute what every head looks at in one sentence.

    model: a `MaskedLM`.
    input_ids: (1, tokens).

    Returns: (layers, heads, tokens, tokens), one row per query.
    """
    weights, heads = dict(model.bert.named_parameters()), model.config.num_attention_heads
    maps = []
    for layer, states in enumerate(model.bert(input_ids)["hidden_states"][:-1]):
        params = layer_params(weights, layer)
        query, key = (
            linear(states, params[f"attention.self.{name}.weight"], params[f"attention.self.{name}.bias"])
            for name in ("query", "key")
        )
        scores = attention_scores(split_heads(query, heads), split_heads(key, heads))
        maps.append(softmax(scores, dim=-1))
    return torch.cat(maps)
