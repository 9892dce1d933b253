"""A tiny language to learn from nothing in a minute: its vocabulary, its grammar, its sentences.

The tokenizer is the real one: `BertTokenizer(vocab=tiny_vocabulary())`.
"""

import torch

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ADJECTIVES = ("old", "young", "little")
SUBJECTS = {"bird": "birds", "dog": "dogs", "girl": "girls", "boy": "boys"}  # singular: plural
PLACES = {"river": "rivers", "tree": "trees"}
PHRASES = {"by": PLACES, "near": SUBJECTS}  # with two subjects, only word order tells which one counts
VERBS = {"sings": "sing", "runs": "run", "sleeps": "sleep", "waits": "wait"}


def tiny_vocabulary() -> dict[str, int]:
    """Number the 32 tokens that the tiny grammar needs.

    Returns: a dict from token to id.
    """
    pairs = [word for words in (SUBJECTS, PLACES, VERBS) for pair in words.items() for word in pair]
    tokens = [*SPECIAL_TOKENS, "the", ".", *ADJECTIVES, *PHRASES, *pairs]
    return {token: number for number, token in enumerate(tokens)}


def tiny_beginnings() -> list[tuple[str, bool]]:
    """List all beginnings of a sentence, such as "the old birds by the river".

    Returns: pairs of a beginning and whether its subject is plural.
    """
    phrases = [""]
    for preposition, nouns in PHRASES.items():
        phrases += [f" {preposition} the {noun}" for pair in nouns.items() for noun in pair]
    beginnings = []
    for adjective in ("", *(f"{adjective} " for adjective in ADJECTIVES)):
        for pair in SUBJECTS.items():
            for is_plural, subject in enumerate(pair):
                beginnings += [(f"the {adjective}{subject}{phrase}", bool(is_plural)) for phrase in phrases]
    return beginnings


def tiny_corpus(
    generator: torch.Generator,
    held_out: int = 50,
) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Make sentences to learn from, and questions whose beginnings they never use.

    generator: where all random numbers come from.
    held_out: how many beginnings with a phrase between subject and verb are held out.

    Each beginning that is held out gives one question per verb.

    Returns: the sentences, and the questions as
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


def question_kinds(
    questions: list[tuple[str, str, str]],
) -> dict[str, list[tuple[str, str, str]]]:
    """Sort the questions of `tiny_corpus` by what is between subject and verb.

    questions: triples (sentence with [MASK], right word, wrong word).

    A place ("by the river") cannot be the subject. Another animal or person
    ("near the dogs") could, and misleads where one of the two is singular and the other
    plural.

    Returns: a dict from kind to questions.
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
