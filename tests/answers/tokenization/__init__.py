"""Lesson 01: ways to clean, split, cut, encode, pad and decode."""

from tests.answers import Told
from tests.answers.tokenization import right, wrong

RIGHT = {
    "normalize": [right.normalize_by_translate, right.normalize_lower_first, right.normalize_by_the_library],
    "pre_tokenize": [right.pre_tokenize_by_state, right.pre_tokenize_by_code_points],
    "wordpiece": [right.wordpiece_recursive, right.wordpiece_with_flag],
    "encode": [right.encode_in_one_go],
    "pad_batch": [right.pad_batch_by_torch, right.pad_batch_filled, right.pad_batch_zipped],
    "decode": [right.decode_by_loop, right.decode_by_regex],
    "merge_scores": [right.merge_scores_by_loops, right.merge_scores_written_out, right.merge_scores_in_float],
    "telltale_text": [
        right.telltale_text_of_three_words,
        right.telltale_text_with_numbers,
        right.telltale_text_by_search,
    ],
}

UNNAMED = {
    "normalize": [
        wrong.normalize_only_lower,
        wrong.normalize_upper,
        wrong.normalize_latin_1,
        wrong.normalize_drops_symbols,
        wrong.normalize_words,
    ],
    "pre_tokenize": [
        wrong.pre_tokenize_characters,
        wrong.pre_tokenize_first_only,
        wrong.pre_tokenize_sorted,
        wrong.pre_tokenize_without_repeats,
        wrong.pre_tokenize_with_spaces,
    ],
    "wordpiece": [
        wrong.wordpiece_anywhere,
        wrong.wordpiece_fewest,
        wrong.wordpiece_characters,
        wrong.wordpiece_whole_words_before_the_limit,
        wrong.wordpiece_reversed,
        wrong.wordpiece_without_repeats,
    ],
    "encode": [
        wrong.encode_last_sep_doubled,
        wrong.encode_mask_by_segment,
        wrong.encode_positions_as_segments,
        wrong.encode_reversed,
        wrong.encode_short_names,
        wrong.encode_counted_from_1,
        wrong.encode_unknown_words_left_out,
    ],
    "pad_batch": [wrong.pad_batch_both_sides, wrong.pad_batch_mask_counts, wrong.pad_batch_to_8, wrong.pad_batch_flat],
    "decode": [wrong.decode_backwards, wrong.decode_capitalised, wrong.decode_with_commas, wrong.decode_one_off],
    "merge_scores": [
        wrong.merge_scores_sorted_pairs,
        wrong.merge_scores_best_first,
        wrong.merge_scores_logarithms,
        wrong.merge_scores_between_0_and_1,
        wrong.merge_scores_rounded,
        wrong.merge_scores_of_letters,
    ],
    "telltale_text": [wrong.telltale_text_as_ids, wrong.telltale_text_only_printed],
}

TOLD = {
    "decode": [
        Told(wrong.decode_without_any_hash_of_a_piece, diagnosis=("all_hashes_of_a_piece_stripped",)),
        Told(
            wrong.decode_without_any_hash_even_at_the_beginning,
            diagnosis=("all_hashes_stripped_even_at_the_beginning",),
            never=("play ing", "Two things at once", "One of these"),
        ),
    ],
    "pre_tokenize": [Told(wrong.pre_tokenize_one_by_one, diagnosis=(), nothing_broken=True)],
    "encode": [
        Told(
            wrong.encode_with_the_ids_of_bert_base,
            says=("[CLS] should come first, with the id that `vocab` gives it",),
        ),
        Told(wrong.encode_with_lists_for_ids, diagnosis=(), nothing_broken=True),
    ],
    "telltale_text": [
        Told(wrong.telltale_text_for_nothing, says=("5 characters (hello)", "None of the three"), diagnosis=("none",)),
        Told(wrong.telltale_text_one_snowman, says=("1 character ([UNK])",), diagnosis=("none",)),
        Told(
            wrong.telltale_text_hidden_in_unk,
            says=("7 characters (cu ##n [UNK]); not given away: NFKD", "both before and after"),
            diagnosis=("not_nfkd",),
        ),
        Told(
            wrong.telltale_text_of_the_lesson,
            says=("24 characters", "not given away: NFKD", "The text is too long"),
            diagnosis=("not_nfkd", "too_long"),
        ),
        Told(wrong.telltale_text_as_ids, says=("Expected a str, one text, got a list of 2.",)),
        Told(wrong.telltale_text_only_printed, says=("got None (is there a `return`?)", "cun aⅧ")),
    ],
}
