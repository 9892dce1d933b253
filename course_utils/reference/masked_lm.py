"""A tiny masked language model: a grammar, the masking, the head, the training, and what it has learned.

Vocabulary, grammar and sizes are small enough to be learned from nothing in a minute. The tokenizer and the
config are the real ones: `BertTokenizer(vocab=tiny_vocabulary())` and `BertConfig(**TINY_CONFIG)`.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils.reference.embeddings import layer_norm
from course_utils.reference.encoder_layer import layer_params
from course_utils.reference.feed_forward import gelu
from course_utils.reference.self_attention import attention_scores, linear, softmax, split_heads
from course_utils.reference.whole_model import Bert

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ADJECTIVES = ("old", "young", "little")
SUBJECTS = {"bird": "birds", "dog": "dogs", "girl": "girls", "boy": "boys"}  # singular: plural
PLACES = {"river": "rivers", "tree": "trees"}
PHRASES = {"by": PLACES, "near": SUBJECTS}  # with two subjects, only word order tells which one counts
VERBS = {"sings": "sing", "runs": "run", "sleeps": "sleep", "waits": "wait"}
TINY_CONFIG = {
    "vocab_size": 32,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,  # the more, the sooner one of them finds the subject
    "intermediate_size": 256,
    "max_position_embeddings": 16,
    "initializer_range": 0.125,  # 1/√hidden. BERT's 0.02 is for larger models, and slower to get going here
}


def tiny_vocabulary() -> dict[str, int]:
    """The ids of the 32 tokens that the tiny grammar needs."""
    pairs = [word for words in (SUBJECTS, PLACES, VERBS) for pair in words.items() for word in pair]
    tokens = [*SPECIAL_TOKENS, "the", ".", *ADJECTIVES, *PHRASES, *pairs]
    return {token: number for number, token in enumerate(tokens)}


def tiny_beginnings() -> list[tuple[str, bool]]:
    """All beginnings of a sentence, "the old birds by the river", each with whether its subject is plural."""
    phrases = [""]
    for preposition, nouns in PHRASES.items():
        phrases += [f" {preposition} the {noun}" for pair in nouns.items() for noun in pair]
    beginnings = []
    for adjective in ("", *(f"{adjective} " for adjective in ADJECTIVES)):
        for pair in SUBJECTS.items():
            for is_plural, subject in enumerate(pair):
                beginnings += [(f"the {adjective}{subject}{phrase}", bool(is_plural)) for phrase in phrases]
    return beginnings


def tiny_corpus(generator: torch.Generator, held_out: int = 50) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Sentences to learn from, and questions on beginnings that stand in none of them.

    Held out are `held_out` beginnings with a phrase between subject and verb; each gives one question a verb:
    (sentence with [MASK], right word, wrong word).
    """
    beginnings = tiny_beginnings()
    order = torch.randperm(len(beginnings), generator=generator).tolist()
    sentences, questions = [], []
    for beginning, is_plural in (beginnings[place] for place in order):
        for singular, plural in VERBS.items():
            right, wrong = (plural, singular) if is_plural else (singular, plural)
            has_phrase = beginning.count("the ") == 2
            if has_phrase and len(questions) < held_out * len(VERBS):
                questions.append((f"{beginning} [MASK] .", right, wrong))
            else:
                sentences.append(f"{beginning} {right} .")
    return sentences, questions


def question_kinds(questions: list[tuple[str, str, str]]) -> dict[str, list[tuple[str, str, str]]]:
    """The questions of `tiny_corpus` sorted by what stands between subject and verb.

    A place ("by the river") cannot be the subject. Another animal or person ("near the dogs") could, and misleads where one of
    the two is singular and the other plural.
    """
    plurals = set(SUBJECTS.values())
    kinds = {"by a place": [], "near a noun of the same number": [], "near a noun of the other number": []}
    for question in questions:
        nouns = [word in plurals for word in question[0].split() if word in SUBJECTS or word in plurals]
        kind = (
            "by a place"
            if len(nouns) == 1
            else f"near a noun of the {'same' if nouns[0] == nouns[1] else 'other'} number"
        )
        kinds[kind].append(question)
    return kinds


def mask_tokens(
    input_ids: Tensor,
    special_tokens_mask: Tensor,
    vocab_size: int,
    mask_token_id: int,
    generator: torch.Generator,
    mlm_probability: float = 0.15,
) -> tuple[Tensor, Tensor]:
    """Hide some tokens, which the model is to guess, and remember what they were.

    input_ids: (batch, tokens). special_tokens_mask: (batch, tokens), true or 1 for [CLS], [SEP] and padding:
    these are never chosen. Each other token is chosen by itself with probability `mlm_probability`. Of the
    chosen ones 80 % become `mask_token_id`, 10 % become a random id (any of the vocabulary, each equally
    likely), and 10 % stay as they are.
    Returns the inputs, and the labels: the original id where a token was chosen (also where it stayed), -100
    elsewhere. All random numbers come from `generator`.
    Source: Devlin et al. 2018, arXiv 1810.04805, section 3.1 and appendix A.1;
    `DataCollatorForLanguageModeling`.
    """
    shape, device = input_ids.shape, input_ids.device
    may_be_chosen = ~special_tokens_mask.bool()  # (batch, tokens)
    chosen = (torch.rand(shape, generator=generator, device=device) < mlm_probability) & may_be_chosen
    labels = input_ids.masked_fill(~chosen, -100)
    fate = torch.rand(shape, generator=generator, device=device)  # (batch, tokens), uniform in [0, 1)
    becomes_mask = chosen & (fate < 0.8)
    becomes_random = chosen & (fate >= 0.8) & (fate < 0.9)
    random_ids = torch.randint(0, vocab_size, shape, generator=generator, device=device)
    inputs = input_ids.masked_fill(becomes_mask, mask_token_id)
    inputs = torch.where(becomes_random, random_ids, inputs)
    return inputs, labels


def mlm_head(hidden_states: Tensor, params: dict[str, Tensor], word_embeddings: Tensor, eps: float) -> Tensor:
    """Score every word of the vocabulary at every place: one more dense layer, and then the word table itself.

    hidden_states: (batch, tokens, hidden). word_embeddings: (vocabulary, hidden), the very table that the ids
    were looked up in. params: `transform.dense.weight` (hidden, hidden) and `.bias`,
    `transform.LayerNorm.weight` and `.bias`, and `bias` (vocabulary,). In order: dense layer, GELU, norm;
    then the dot product with each word's vector, plus its bias.
    Returns (batch, tokens, vocabulary): scores, no probabilities. Source: `BertLMPredictionHead`.
    """
    dense = linear(hidden_states, params["transform.dense.weight"], params["transform.dense.bias"])
    activated = gelu(dense)  # (batch, tokens, hidden)
    norm_weight = params["transform.LayerNorm.weight"]
    norm_bias = params["transform.LayerNorm.bias"]
    transformed = layer_norm(activated, norm_weight, norm_bias, eps)
    return linear(transformed, word_embeddings, params["bias"])  # (batch, tokens, vocabulary)


def mlm_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean cross-entropy, in nats, over the tokens that were to be guessed.

    logits: (batch, tokens, vocabulary). labels: (batch, tokens), the right ids, -100 where nothing was to be
    guessed: these places do not count, in the sum nor in the number it is divided by. Returns a tensor
    without axes.
    """
    to_guess = labels != -100  # (batch, tokens)
    return F.cross_entropy(logits[to_guess], labels[to_guess])


def train_step(model: nn.Module, batch: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> float:
    """Learn from one batch: forward, loss, gradients, one step of the optimizer.

    model: `model(input_ids, attention_mask)` gives logits (batch, tokens, vocabulary). batch: `input_ids`,
    `attention_mask` and `labels`, each (batch, tokens). Gradients of an earlier step must not count again.
    Returns the loss before the step, as a Python float. The model's mode stays as it is.
    """
    logits = model(batch["input_ids"], batch["attention_mask"])  # (batch, tokens, vocabulary)
    loss = mlm_loss(logits, batch["labels"])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def fill_mask(model: nn.Module, input_ids: Tensor, mask_token_id: int, k: int) -> list[list[int]]:
    """Let the model guess: the k likeliest ids for every [MASK].

    model: `model(input_ids, attention_mask)` gives logits (batch, tokens, vocabulary). input_ids: (batch,
    tokens), no padding.
    Returns a list of k ids, best first, for each [MASK] in reading order: row by row, from left to right.
    """
    attention_mask = torch.ones_like(input_ids)
    with torch.no_grad():
        logits = model(input_ids, attention_mask)  # (batch, tokens, vocabulary)
    scores = logits[input_ids == mask_token_id]  # (masks, vocabulary)
    best_first = scores.argsort(dim=-1, descending=True)
    return best_first[:, :k].tolist()


def agreement_accuracy(model: nn.Module, tokenizer, sentences: list[tuple[str, str, str]]) -> float:
    """Test whether verbs agree with their subjects: how often does the right word beat the wrong one?

    model: `model(input_ids, attention_mask)` gives logits (batch, tokens, vocabulary). tokenizer: a
    `BertTokenizer`. sentences: (sentence with one [MASK], right word, wrong word); both words are single
    tokens.
    Returns a share between 0 and 1. A draw is no success. Source: Linzen et al. 2016, arXiv 1611.01368.
    """
    successes = 0
    for sentence, right, wrong in sentences:
        inputs = tokenizer(sentence, return_tensors="pt")
        with torch.no_grad():
            logits = model(inputs["input_ids"], inputs["attention_mask"])  # (1, tokens, vocabulary)
        scores = logits[inputs["input_ids"] == tokenizer.mask_token_id][0]  # (vocabulary,)
        right_id, wrong_id = tokenizer.convert_tokens_to_ids([right, wrong])
        if scores[right_id] > scores[wrong_id]:
            successes = successes + 1
    return successes / len(sentences)


class MaskedLM(nn.Module):
    """`Bert` with the masked-language-model head on top, its parameters under the names of `BertForMaskedLM`.

    `MaskedLM(config, generator)` is initialised as BERT was: weights normal with `config.initializer_range`,
    biases 0.
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

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Score the vocabulary at each place: (batch, tokens) to (batch, tokens, vocabulary)."""
        hidden_states = self.bert(input_ids, attention_mask)["last_hidden_state"]
        params = dict(self.cls["predictions"].named_parameters())
        word_embeddings = self.bert.embeddings["word_embeddings"].weight
        return mlm_head(hidden_states, params, word_embeddings, self.config.layer_norm_eps)


def silence(model: nn.Module, part: str) -> None:
    """Make 0, and keep so, the parameters whose name contains `part`: training without positions, say."""
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
    """Train, and give the loss of every step while it goes on: `for loss in tqdm(training_losses(...))`.

    The learning rate rises over the first tenth of the steps and then falls in a straight line to 0, as
    BERT's did. AdamW's second beta is that of Vaswani et al. 2017: a short training cannot wait for a mean over
    a thousand steps. Tensors this small are computed fastest by one thread: `torch.set_num_threads(1)`.
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
    """What every head looks at in one sentence, ids (1, tokens): (layers, heads, tokens, tokens)."""
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
