"""The model of intents, its training with the course's own AdamW, and LoRA, on a BERT of two small layers."""

import pytest
import torch
from torch import nn
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
    get_linear_schedule_with_warmup,
)

from course_utils.checks.course import with_functions
from course_utils.given import intents
from course_utils.given.intents import (
    IntentModel,
    choose_per_class,
    fine_tuning_losses,
    in_pieces,
    intent_accuracy,
    nearest_neighbours,
    pooled_vectors,
    predict_intents,
    shuffled_batches,
)
from course_utils.given.lora import LoRALinear, add_lora, merge
from course_utils.reference import fine_tuning, self_attention, sentence_search
from course_utils.reference.fine_tuning import trainable
from tests.reference.fixtures import close, generator, randomized

pytestmark = pytest.mark.usefixtures("one_thread")
TEXTS = [
    "May I keep it for another week?", "When do you open?", "The printer ate my letter.", "renew please", "open on Sunday?",
    "No paper in the printer, again, and a queue of five behind me.", "One more week with it, please.", "closed today?",
    "the mouse does not work",
]  # fmt: skip
LABELS = [0, 1, 2] * 3
WAYS = ("frozen", "last layer", "LoRA", "whole")


@pytest.fixture(scope="module")
def tokenizer(tiny_bert) -> BertTokenizer:
    return BertTokenizer.from_pretrained(tiny_bert)


@pytest.fixture(scope="module")
def bert(tiny_bert) -> BertModel:
    return randomized(BertModel.from_pretrained(tiny_bert, attn_implementation="eager"))


def prepared(way: str, bert: BertModel, seed: int = 0, alpha: float = 6) -> IntentModel:
    draw = generator(seed)
    model = IntentModel(bert, 3, draw)
    if way == "LoRA":
        add_lora(model, 2, alpha, draw)
    elif way != "whole":
        trainable(model, int(way == "last layer"))
    return model


def trained(way: str, bert: BertModel, tokenizer, steps: int = 8, loop=fine_tuning_losses, **options):
    model = prepared(way, bert)
    options = {"learning_rate": 0.02, "batch_size": 4} | options
    return model, list(loop(model, tokenizer, TEXTS, LABELS, generator(1), steps, **options))


def batch_of(tokenizer, texts: list[str]) -> dict:
    encoded = tokenizer(texts, padding=True, return_tensors="pt")
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


# The model


def test_the_parameters_have_the_names_of_the_library(bert):
    theirs = BertForSequenceClassification(BertConfig(**bert.config.to_dict() | {"num_labels": 3})).state_dict()
    mine = IntentModel(bert, 3, generator(0)).state_dict()
    assert {name: each.shape for name, each in mine.items()} == {
        name: each.shape for name, each in theirs.items() if "pooler" not in name
    }


def test_the_logits_are_the_classifier_of_the_mean(bert, tokenizer):
    model, vectors = IntentModel(bert, 3, generator(0)), []
    for text in TEXTS:  # alone, so that there is no padding
        vectors.append(bert(**batch_of(tokenizer, [text])).last_hidden_state[0].mean(dim=0))
    pooled = torch.stack(vectors)
    assert close(model.pooled(**batch_of(tokenizer, TEXTS)), pooled)
    assert close(model(**batch_of(tokenizer, TEXTS)), nn.functional.linear(pooled, *model.classifier.parameters()))
    assert not model.training


def test_the_head_comes_from_the_generator_alone(bert):
    heads = []
    for noise in (1, 2):
        torch.manual_seed(noise)
        heads.append(IntentModel(bert, 3, generator(0)).classifier.weight)
    assert torch.equal(*heads)
    assert not torch.equal(heads[0], IntentModel(bert, 3, generator(1)).classifier.weight)


def test_a_model_that_was_loaded_frozen_is_trained_as_a_whole(bert):
    frozen = BertModel(bert.config).requires_grad_(False)
    assert all(parameter.requires_grad for parameter in IntentModel(frozen, 3, generator(0)).parameters())
    assert not any(parameter.requires_grad for parameter in frozen.parameters())


# What is measured


def test_predictions_do_not_depend_on_the_batches(bert, tokenizer, monkeypatch):
    model = IntentModel(bert, 3, generator(0))
    together = predict_intents(model, tokenizer, TEXTS)
    monkeypatch.setattr(intents, "_TOGETHER", 2)
    assert close(predict_intents(model, tokenizer, TEXTS), together)
    assert close(together, model(**batch_of(tokenizer, TEXTS)).softmax(dim=1))
    assert not together.requires_grad


def test_accuracy_is_the_share_of_right_answers(bert, tokenizer):
    model = IntentModel(bert, 3, generator(0))
    chosen = predict_intents(model, tokenizer, TEXTS).argmax(dim=1).tolist()
    wrong = [(label + 1) % 3 for label in chosen]
    assert intent_accuracy(model, tokenizer, TEXTS, chosen) == 1
    assert intent_accuracy(model, tokenizer, TEXTS, chosen[:3] + wrong[3:]) == pytest.approx(1 / 3)


def test_nearest_neighbours_go_by_direction():
    known = torch.tensor([[1.0, 0.0], [0.0, 9.0], [-1.0, -1.0]])
    assert nearest_neighbours(known, [7, 4, 5], torch.tensor([[5.0, 1.0], [0.1, 0.2], [-9.0, -8.0]])) == [7, 4, 5]


def test_equally_many_of_each_class_are_chosen():
    labels = [0, 1, 2] * 5 + [2] * 4
    rows = choose_per_class(labels, 4, generator(0))
    assert sorted(labels[row] for row in rows) == [0] * 4 + [1] * 4 + [2] * 4
    assert len(set(rows)) == 12
    assert rows == sorted(rows)
    assert rows != choose_per_class(labels, 4, generator(1))
    assert choose_per_class(labels, 9, generator(0)) == list(range(19))  # as many as there are


def test_each_round_of_batches_has_every_text_once():
    batches = shuffled_batches(7, 3, generator(0))
    rounds = [torch.cat([next(batches) for _ in range(3)]) for _ in range(2)]
    assert [sorted(each.tolist()) for each in rounds] == [list(range(7))] * 2
    assert not torch.equal(*rounds)


# The training


@pytest.mark.parametrize("way", WAYS)
def test_training_equals_that_of_torch(bert, tokenizer, way, monkeypatch):
    monkeypatch.setattr(intents, "_PIECE", 1000)  # the tables are cut
    mine, losses = trained(way, bert, tokenizer, steps=12)
    theirs = prepared(way, bert)
    open_ones = [parameter for parameter in theirs.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(open_ones, lr=0.02, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=1, num_training_steps=12)
    batches, expected = shuffled_batches(len(TEXTS), 4, generator(1)), []
    for _ in range(12):
        rows = next(batches).tolist()
        logits = theirs(**batch_of(tokenizer, [TEXTS[row] for row in rows]))
        loss = nn.functional.cross_entropy(logits, torch.tensor([LABELS[row] for row in rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        expected.append(loss.item())
    assert close(torch.tensor(losses), torch.tensor(expected), 1e-3)
    for (name, one), other in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        if not name.endswith("key.bias"):  # its gradient is nothing but rounding, and AdamW makes steps of any gradient
            assert close(one, other, 1e-3), name


@pytest.mark.parametrize("way", WAYS)
def test_only_what_is_open_changes_and_the_loaded_model_never_does(bert, tokenizer, way):
    loaded, before = {name: each.clone() for name, each in bert.state_dict().items()}, prepared(way, bert).state_dict()
    model, _ = trained(way, bert, tokenizer)
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name]) is not parameter.requires_grad, name
    assert all(torch.equal(each, loaded[name]) for name, each in bert.state_dict().items())
    counts = {"frozen": 2, "last layer": 2 + 16, "LoRA": 2 + 2 * 2 * 2, "whole": len(before)}
    assert sum(parameter.requires_grad for parameter in model.parameters()) == counts[way]


@pytest.mark.parametrize("way", WAYS)
def test_training_learns_and_repeats_itself(bert, tokenizer, way):
    steps, rate = {"frozen": (150, 0.1), "LoRA": (30, 0.1)}.get(way, (30, 0.02))
    (model, losses), (_, again) = (trained(way, bert, tokenizer, steps, learning_rate=rate) for _ in range(2))
    assert losses == again
    assert len(losses) == steps
    assert sum(losses[-6:]) < 0.7 * sum(losses[:6])
    assert intent_accuracy(model, tokenizer, TEXTS, LABELS) > 0.6


@pytest.mark.parametrize("is_on", [True, False])
def test_gradients_are_computed_whatever_the_mode_and_the_mode_stays(bert, tokenizer, is_on):
    model = prepared("whole", bert)
    with torch.set_grad_enabled(is_on):
        for _ in fine_tuning_losses(model, tokenizer, TEXTS, LABELS, generator(1), 3, learning_rate=0.02):
            assert torch.is_grad_enabled() is is_on
    assert not torch.equal(model.bert.embeddings.word_embeddings.weight, bert.embeddings.word_embeddings.weight)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_head_alone_takes_vectors_that_were_computed_once(bert, tokenizer):
    model, runs = prepared("frozen", bert), []
    model.bert.register_forward_hook(lambda *_: runs.append(1))
    list(fine_tuning_losses(model, tokenizer, TEXTS, LABELS, generator(1), 20, learning_rate=0.02))
    assert len(runs) == 1


def test_pieces_are_views_of_all_numbers():
    tensors = torch.arange(6.0).view(2, 3), torch.arange(3.0)
    pieces = in_pieces(tensors)
    assert torch.equal(torch.cat(pieces), torch.tensor([0.0, 1, 2, 3, 4, 5, 0, 1, 2]))
    pieces[0].fill_(8)
    assert tensors[0].eq(8).all()


# LoRA


def test_a_new_correction_corrects_nothing(bert, tokenizer):
    plain, corrected = prepared("whole", bert), prepared("LoRA", bert)
    assert close(corrected(**batch_of(tokenizer, TEXTS)), plain(**batch_of(tokenizer, TEXTS)), 1e-6)
    layers = [part for part in corrected.modules() if isinstance(part, LoRALinear)]
    assert len(layers) == 2 * 2
    assert all(layer.a.any() and not layer.b.any() for layer in layers)


def test_the_names_that_train_are_corrections_and_head(bert):
    model = IntentModel(bert, 3, generator(0))
    names = add_lora(model, 2, 6, generator(0))
    assert names == [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    ends = {name.removeprefix("bert.encoder.layer.").split(".", 1)[1] for name in names[:-2]}
    assert ends == {f"attention.self.{part}.{which}" for part in ("query", "value") for which in "ab"}
    assert names[-2:] == ["classifier.weight", "classifier.bias"]


def test_a_merged_model_is_an_ordinary_bert_and_the_same_function(bert, tokenizer):
    model, _ = trained("LoRA", bert, tokenizer)
    before = pooled_vectors(model, tokenizer, TEXTS)
    assert not close(before, pooled_vectors(prepared("LoRA", bert), tokenizer, TEXTS), 1e-2)
    merge(model)
    assert close(pooled_vectors(model, tokenizer, TEXTS), before)
    assert not any(isinstance(part, LoRALinear) for part in model.modules())
    ordinary = BertModel(bert.config, add_pooling_layer=False).eval()
    ordinary.load_state_dict(model.bert.state_dict())  # strict: no name more, no name less
    assert close(IntentModel(ordinary, 3, generator(0)).pooled(**batch_of(tokenizer, TEXTS)), before)


def test_alpha_scales_the_correction(bert, tokenizer):
    vectors = []
    for alpha in (0, 6):
        model = prepared("LoRA", bert, alpha=alpha)
        for name, parameter in model.named_parameters():
            if name.endswith(".b"):
                parameter.data.fill_(0.1)
        vectors.append(pooled_vectors(model, tokenizer, TEXTS))
    assert close(vectors[0], pooled_vectors(prepared("whole", bert), tokenizer, TEXTS))
    assert not close(vectors[0], vectors[1], 1e-2)


# The learner's functions


@pytest.mark.parametrize(
    ("built", "names"),
    [
        ("fine_tuning_losses", ["cross_entropy", "head_gradients", "adamw_step", "linear_warmup"]),
        ("IntentModel", ["classification_head", "mean_pool"]),
        ("add_lora", ["lora_linear", "trainable"]),
        ("merge", ["merge_lora"]),
        ("predict_intents", ["softmax"]),
        ("nearest_neighbours", ["cosine_matrix"]),
    ],
)
def test_the_learners_functions_run_in_the_training(bert, tokenizer, built, names):
    called = []

    def noticed(name):
        home = next(module for module in (fine_tuning, self_attention, sentence_search) if hasattr(module, name))
        return lambda *args, **named: called.append(name) or getattr(home, name)(*args, **named)

    swapped = with_functions(built, **{name: noticed(name) for name in names})
    parts = {"IntentModel": IntentModel, "add_lora": add_lora, "merge": merge, "predict_intents": predict_intents}
    parts |= {"fine_tuning_losses": fine_tuning_losses, "nearest_neighbours": nearest_neighbours, built: swapped}
    model = parts["IntentModel"](bert, 3, generator(0))
    trainable(model, 0)
    losses = list(parts["fine_tuning_losses"](model, tokenizer, TEXTS, LABELS, generator(1), 3, learning_rate=0.02))
    assert losses == trained("frozen", bert, tokenizer, 3, batch_size=16)[1]
    parts["add_lora"](model, 2, 6, generator(0))
    parts["predict_intents"](model, tokenizer, TEXTS)
    parts["merge"](model)
    parts["nearest_neighbours"](torch.eye(3), [0, 1, 2], torch.eye(3))
    assert set(called) == set(names)
