"""Words of different counts, of one piece, with a pair twice, with a piece three times in a row, and with equal letters."""

from collections import Counter
from itertools import pairwise

from course_utils.checks.inputs import Draw
from course_utils.judge import Case, Check, Mistake, Property
from course_utils.reference.tokenization import merge_scores


def cases(draw: Draw) -> list[Case]:
    first = {("t", "##h", "##e"): 7, ("t", "##h", "##i", "##n"): 2, ("t", "##e", "##n"): 3}
    learned = {("th", "##e"): 5, ("t", "##e", "##n"): 4, ("th",): 6, ("##e",): 2}
    twice = {("b", "##a", "##n", "##a", "##n", "##a"): 3, ("b", "##a", "##n"): 11, ("a", "##n"): 2}
    row = {("h", "##a", "##a", "##a"): 2, ("##a", "##a"): 5, ("h", "##a", "h", "##a"): 4}
    marks = {("a", "##a", "##b"): 2, ("b", "##a"): 9, ("##a", "b"): 3, ("a", "a"): 13}
    letters = ("a", "b", "##a", "##b", "##c", "##ab")
    drawn = {}
    for _ in range(6):
        word = tuple(letters[draw.number(0, len(letters))] for _ in range(draw.number(1, 6)))
        drawn[word] = draw.number(1, 30)
    return [
        Case((first,), "three words"),
        Case((learned,), "a word that is one piece already"),
        Case((twice,), "a pair that is twice in a word"),
        Case((row,), "a piece three times in a row"),
        Case((marks,), "a and ##a are two pieces"),
        Case(({("t", "##h", "##e"): 1, ("of",): 1},), "every word once"),
        Case(({("a",): 3, ("of",): 8},), "no pair in any word"),
        Case(({},), "an empty corpus"),
        Case((drawn,), "a random corpus"),
    ]


def _pairs_are_neighbours(value, words):
    return set(value) == {pair for pieces in words for pair in pairwise(pieces)}


def _scores_are_shares(value, words):
    return all(0 < score <= 1 for score in value.values())


def _pieces_counted_in_pairs(words):
    pairs, first, second = Counter(), Counter(), Counter()
    for pieces, count in words.items():
        for one, other in pairwise(pieces):
            pairs[one, other] += count
            first[one] += count
            second[other] += count
    return {(one, other): count / (first[one] * second[other]) for (one, other), count in pairs.items()}


def _across_words(words):
    pieces, pairs = Counter(), Counter()
    before = None
    for word, count in words.items():
        for piece in word:
            pieces[piece] += count
            if before is not None:
                pairs[before, piece] += count
            before = piece
    return {(one, other): count / (pieces[one] * pieces[other]) for (one, other), count in pairs.items()}


def _first_pair_of_a_word(words):
    pieces, pairs = Counter(), Counter()
    for word, count in words.items():
        for piece in word:
            pieces[piece] += count
        if len(word) > 1:
            pairs[word[0], word[1]] += count
    return {(one, other): count / (pieces[one] * pieces[other]) for (one, other), count in pairs.items()}


check = Check(
    merge_scores,
    cases,
    tolerance=1e-9,
    properties=(
        Property(
            _pairs_are_neighbours, "The keys should be the pairs of neighbours that some word has, and no others."
        ),
        Property(_scores_are_shares, "A score is above 0 and at most 1: no pair occurs more often than its pieces."),
    ),
    functions=(
        Mistake(
            "pieces_counted_in_pairs",
            "A piece is counted only where it is in a pair: the first piece only where another follows it, the second only "
            "where another comes before it. Count it wherever it is, at the end of a word and as a word by itself, too.",
            function=_pieces_counted_in_pairs,
        ),
        Mistake(
            "across_words",
            "The last piece of a word and the first of the next make a pair in yours. Pieces are merged inside a word only.",
            function=_across_words,
        ),
        Mistake(
            "first_pair_of_a_word",
            "Only the first two pieces of each word make a pair in yours. Every two neighbours do.",
            function=_first_pair_of_a_word,
        ),
    ),
)
