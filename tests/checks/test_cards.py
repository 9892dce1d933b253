"""What the course's own checks say of answers that do not fit the tables of `tests/answers`."""

from course_utils.checks.course import COURSE, KEY, find
from course_utils.reference.sentence_search import embed


def test_no_answer_sees_what_another_did_to_tokenizer_and_model():
    """`embed` is tried with one model and one tokenizer, which all answers share."""
    check = find("embed")

    def as_for_a_gpt(texts, tokenizer, model, batch_size=32):
        tokenizer.pad_token = tokenizer.eos_token
        return embed(texts, tokenizer, model, batch_size)

    def frozen(texts, tokenizer, model, batch_size=32):
        model.requires_grad_(False)
        return embed(texts, tokenizer, model, batch_size)

    def in_float64(texts, tokenizer, model, batch_size=32):
        return embed(texts, tokenizer, model.double(), batch_size).float()

    assert "pad_token is None" in check.judge(as_for_a_gpt).headline
    assert check.judge(embed).passed
    for answer in (frozen, in_float64):
        assert check.judge(answer).passed
        assert check.judge(embed).passed
        gradients = next(mistake for mistake in check.mistakes if mistake.label == "gradients")
        assert check.judge(KEY.plant("embed", (("embed", gradients),))).diagnosis == ("gradients",)


def test_no_diagnosis_depends_on_an_earlier_one():
    """What planted classes build is remembered by their `__init__`, which a class that is not a module may share."""
    for label in ("mean_for_pooler", "no_module", "mean_for_pooler"):
        assert find("Bert").judge(COURSE.planted("Bert", label)).diagnosis == (label,)


def test_a_padded_batch_without_its_mask_never_passes(monkeypatch):
    """Weights for which the forgotten mask makes no difference are drawn again."""
    check = find("agreement_accuracy")
    forgotten = next(mistake for mistake in check.mistakes if mistake.label == "mask_forgotten")
    monkeypatch.delenv("COURSE_CI", raising=False)
    for seed in range(20):
        monkeypatch.setattr("secrets.randbits", lambda bits, seed=seed: seed)
        assert not check.judge(forgotten.function).passed
