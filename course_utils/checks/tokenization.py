"""The checks of lesson 01: texts that no half-right tokenizer survives.

"hello world" shows fewer than half of these mistakes, so the texts here are odd ones. The vocabulary is a small one of
the check's own: a call takes microseconds, and every trap can be set in it.
"""

import re

from course_utils.reference import tokenization as reference

from .engine import Case, Check, Draw, Mistake, Property

# `#` is a token, as in BERT's own vocabulary: without it, gluing the mark to the rest of a word does no harm.
_TOKENS = """
[PAD] [UNK] [CLS] [SEP] [MASK] un una unbe the to token play a b u s in hello world cafe au lait naive i is it t this
test sentence zero width zerowidth 12 122 3 45 78 2 5 北 京 д mask cls sep # ! , . ' - _ [ ] $ € «
##ffa ##ble ##aff ##able ##f ##fable ##ing ##s ##t ##b ##a ##n ##1 ##12 ##121 ##2 ##6 ##9 ##ken ##to ##lay ##ed
##aaaaaaaaa ##ддддд
""".split()  # noqa: SIM905
VOCAB = {token: number for number, token in enumerate(_TOKENS)}

# Every one of these is handled in a way of its own by one of the steps.
_FRAGMENTS = (
    "Hello", "UNaffable", "playing", "12212121", "Café", "Nai\u0308ve", "北京", "x京y", "a☃", "U.S.", "$5", "«it's»",
    "_", "[MASK]", "##ing", "ze\u200bro", "\t", "  ", "\n", "\u00a0", "\ufffd", "\x07", "ß", "test-sent", "3,456,789",
)  # fmt: skip


def _text(draw: Draw, words: int) -> str:
    """A text that is new at every call, of fragments separated by single spaces or by nothing."""
    chosen = [_FRAGMENTS[draw.number(0, len(_FRAGMENTS))] + " " * draw.number(0, 2) for _ in range(words)]
    return "".join(chosen)


# normalize ------------------------------------------------------------------------------------------------------------


def _normalize_cases(draw: Draw) -> list[Case]:
    texts = {
        "Hello World!": "capitals",
        "Café naïve Ångström": "accents",
        "one\ttwo\nthree\r\nfour": "tabs and line ends are white space",
        "a  b ": "runs of spaces stay",
        "x北y京": "CJK characters",
        "ze\u200bro": "a zero-width space (U+200B), which cannot be seen",
        "a\u00a0b\u3000c\u2028d": "other white space: no-break (U+00A0), ideographic (U+3000), line separator (U+2028)",
        "page\x0cbreak\x85": "a form feed (U+000C) and a next line (U+0085), category Cc: dropped, though `isspace` says yes",
        "bell\x07 null\x00 lost\ufffd own\ue000": "a control character, NUL, U+FFFD and one for private use (U+E000)",
        "e\u0301 \u0378": "an accent of its own (U+0301), and an unassigned character (U+0378), which stays",
        "हिन्दी ☺\ufe0f": "marks of category Mc, which stay, and of Mn, which go: the virama, and what makes ☺ a picture (U+FE0F)",
        "Straße ﬁne ½ $5, it's ☃": "ß, the ligature ﬁ, ½, punctuation and a symbol all stay",
        "㐀𠀀": "CJK characters from two rarer blocks",
        "한국 カナ": "Hangul and kana, which get no spaces; NFD takes Hangul apart into its letters",
        "ΟΔΟΣ İ": "a Σ at the end of a word, and a capital I with a dot",
        "": "no text",
    }
    return [*(Case((text,), about) for text, about in texts.items()), Case((_text(draw, 9),), "a bit of everything")]


_LOWER = '"".join(character.lower() for character in bare)'

check_normalize = Check(
    reference.normalize,
    _normalize_cases,
    view=lambda value, text: value.replace("ς", "σ"),
    remark=lambda value, text: "Your Σ at the end of a word became ς, BertTokenizer's becomes σ. Both count as right."
    if "ς" in value
    else "",
    mistakes=(
        Mistake("cased", was=_LOWER, now="bare", says="Capitals are still there: an uncased BERT knows no capitals."),
        Mistake("casefold", was="character.lower()", now="character.casefold()",
                says="`casefold` does more than lower case: it makes `ss` of ß. BERT wants `lower`."),
        Mistake("accents_kept", was='unicodedata.normalize("NFD", cleaned)', now="cleaned", also=(
                    (' if unicodedata.category(character) != "Mn"', ""),),
                says="Accents are still there: é should become e."),
        Mistake("not_decomposed", was='unicodedata.normalize("NFD", cleaned)', now="cleaned",
                says="Marks are dropped, but é is one character with nothing to drop: decompose it first, into e "
                "and its accent (NFD)."),
        Mistake("composed", was='"NFD"', now='"NFC"',
                says="NFC puts letter and accent together; NFD is the form that takes them apart."),
        Mistake("compatibility_form", was='"NFD"', now='"NFKD"',
                says="NFKD also rewrites characters that only look related (the ligature ﬁ, ½). BERT uses NFD."),
        Mistake("recomposed", was=_LOWER, now=f'unicodedata.normalize("NFC", {_LOWER})',
                says="What NFD took apart is put together again (NFC). Letters whose accents are gone do not mind, but Hangul "
                "syllables have to stay apart."),
        Mistake("marks_kept", was=' if unicodedata.category(character) != "Mn"', now="",
                says="é is taken apart, but the accent is still there as a character of its own (category Mn). It "
                "looks the same on the screen and is another string."),
        Mistake("combining", was='unicodedata.category(character) != "Mn"', now="not unicodedata.combining(character)",
                says="`unicodedata.combining` is not the question: for many marks (U+FE0F behind an emoji, vowels of Indian "
                "scripts) it gives 0. Ask for the category, Mn."),
        Mistake("all_marks_dropped", was='unicodedata.category(character) != "Mn"',
                now='unicodedata.category(character)[0] != "M"',
                says="Too many marks are dropped: only those of category Mn go. Mc, such as vowels of Hindi, stay."),
        Mistake("accents_by_ascii", was='unicodedata.category(character) != "Mn"', now="character.isascii()",
                says="To drop everything that is not ASCII drops accents, and with them every other script and "
                "symbol."),
        Mistake("tabs_dropped", was=r'if character in "\t\n\r":', now="if False:",
                says="Tabs and line ends disappear and glue two words together: their category is Cc, but they are "
                "white space, so look at them before the control characters."),
        Mistake("isspace_first", was=r'if character in "\t\n\r":', now="if character.isspace():",
                says="`isspace` also says yes to control characters such as the form feed (U+000C). Of category Cc only tab, "
                "line feed and carriage return are white space; the others are dropped. So ask for these three, then for "
                "the categories, then `isspace`."),
        Mistake("only_ascii_space", was="elif character.isspace():", now='elif character == " ":',
                says="White space is more than blank, tab and line end: a no-break space, for one, should become a "
                "space."),
        Mistake("only_category_zs", was="elif character.isspace():",
                now='elif unicodedata.category(character) == "Zs":',
                says="White space is more than the category Zs: the line separator U+2028 is of category Zl."),
        Mistake("controls_kept", was='unicodedata.category(character) in ("Cc", "Cf", "Co")', now="False",
                says="Control and format characters are still there, such as the invisible U+200B."),
        Mistake("format_kept", was='("Cc", "Cf", "Co")', now='("Cc", "Co")',
                says="Characters of category Cf are still there: the zero-width space U+200B cannot be seen and makes "
                "another word all the same."),
        Mistake("only_cc_dropped", was='("Cc", "Cf", "Co")', now='("Cc",)',
                says="Only category Cc is dropped; Cf (the invisible U+200B) and Co (private use) should go, too."),
        Mistake("private_use_kept", was='("Cc", "Cf", "Co")', now='("Cc", "Cf")',
                says="Characters for private use (category Co) are still there."),
        Mistake("unassigned_dropped", was='in ("Cc", "Cf", "Co")', now='.startswith("C")',
                says="Not every category that begins with C goes: unassigned characters (Cn) stay."),
        Mistake("controls_become_spaces", was="continue", now='characters.append(" ")',
                says="Control characters are dropped, not replaced: a space in their place cuts a word in two."),
        Mistake("replacement_kept", was=r'character == "\ufffd" or ', now="",
                says="U+FFFD, which stands where a byte could not be read, should be dropped."),
        Mistake("cjk_not_isolated", was="elif is_cjk_character(character):", now="elif False:",
                says="CJK characters get a space on either side: Chinese has no spaces between words, so BERT makes "
                "each character a word."),
        Mistake("cjk_space_before_only", was='f" {character} "', now='f" {character}"',
                says="A CJK character gets a space on either side; yours has none after it."),
        Mistake("cjk_space_after_only", was='f" {character} "', now='f"{character} "',
                says="A CJK character gets a space on either side; yours has none before it."),
        Mistake("cjk_basic_block_only", was="is_cjk_character(character)", now=r'"\u4e00" <= character <= "\u9fff"',
                says="CJK characters stand in several blocks of Unicode: `is_cjk_character` knows them."),
        Mistake("runs_of_spaces_squeezed", was=_LOWER, now=f'" ".join({_LOWER}.split())',
                says="Runs of spaces should stay as they are. The next step would not mind, but it is not what the "
                "tokenizer does."),
        Mistake("stripped", was=_LOWER, now=f"{_LOWER}.strip()",
                says="Spaces at the two ends should stay."),
        Mistake("punctuation_dropped", was="elif is_cjk_character(character):",
                now='elif unicodedata.category(character).startswith("P"):\n            continue\n'
                "        elif is_cjk_character(character):",
                says="Punctuation is dropped. BERT keeps it: `!` has an id of its own."),
        Mistake("punctuation_spaced", was="elif is_cjk_character(character):",
                now='elif is_cjk_character(character) or unicodedata.category(character).startswith("P"):',
                says="Punctuation gets spaces. That is the work of the next step, `pre_tokenize`; here it stays as "
                "it is."),
    ),
    hints=(
        "Go through the text one character at a time and ask `unicodedata.category(character)` what it is. Accents "
        "come last but one: NFD takes é apart into e and an accent, and an accent's category is Mn.",
        "1. Make a list; for each character append a space (tab, line feed, carriage return), nothing (categories Cc, "
        "Cf, Co and U+FFFD), a space (any `isspace()` that is left), the character between two spaces (CJK) or the "
        "character itself. The order matters: tab and line ends are of category Cc, too. 2. Join. 3. `unicodedata.normalize`, then keep what is not Mn. 4. "
        "Lower case.",
        "For each character: `if character in '\\t\\n\\r'`: a space; `elif` it is '\\ufffd' or its category is in "
        "('Cc', 'Cf', 'Co'): nothing; `elif character.isspace()`: a space; `elif is_cjk_character(character)`: with a "
        "space on either side; `else` as it is. Then `unicodedata.normalize('NFD', ''.join(...))`, keep the "
        "characters whose category is not 'Mn', and `.lower()`.",
    ),
)  # fmt: skip


# pre_tokenize ---------------------------------------------------------------------------------------------------------


def _pre_tokenize_cases(draw: Draw) -> list[Case]:
    texts = {
        "hello world!": "a mark at the end of a word",
        "wait... what?!": "every mark is a word by itself",
        "u.s.a. isn't e-mail": "marks inside a word",
        "3,456,789": "a number with commas",
        "$5 = 2+3 ~ a_b ^ `c` | <d>": "ASCII symbols that Unicode does not call punctuation",
        "«oui» — “yes”、no": "punctuation beyond ASCII",
        "5€ a☃ 2×3": "other symbols stay where they are",
        "  two  spaces ": "runs of spaces",
        "##ing": "the mark's own character",
        "": "no text",
        "   ": "spaces only",
    }
    fresh_text = reference.normalize(_text(draw, 9))
    return [*(Case((text,), about) for text, about in texts.items()), Case((fresh_text,), "a bit of everything")]


def _words_and_single_marks(text):
    return re.findall(r"\w+|[^\w\s]", text)


def _words_and_runs_of_marks(text):
    return re.findall(r"\w+|[^\w\s]+", text)


def _marks_at_the_ends_only(text):
    words = []
    for word in text.split():
        core = word.strip(reference.string.punctuation)
        before, after = word.split(core, 1) if core else (word, "")
        words += [*before, *([core] if core else []), *after]
    return words


check_pre_tokenize = Check(
    reference.pre_tokenize,
    _pre_tokenize_cases,
    properties=(
        Property(lambda value, text: not isinstance(value, list) or all(value), "No word should be empty."),
        Property(lambda value, text: not isinstance(value, list) or "".join(value) == "".join(text.split()),
                 "Put together again, the words should give the text without its spaces: yours lose, add or move "
                 "characters."),
    ),
    mistakes=(
        Mistake("punctuation_not_split", was="if is_punctuation:", now="if False:",
                says="Punctuation still sticks to its word: `world!` is not in any vocabulary, `world` and `!` are."),
        Mistake("punctuation_dropped", was='f" {character} "', now='" "',
                says="Punctuation is thrown away; only white space should be. Each punctuation character is a word."),
        Mistake("no_space_after", was='f" {character} "', now='f" {character}"',
                says="Punctuation is cut off from what stands before it, but still sticks to what comes after it."),
        Mistake("no_space_before", was='f" {character} "', now='f"{character} "',
                says="Punctuation is cut off from what comes after it, but still sticks to what stands before it."),
        Mistake("ascii_only", was='unicodedata.category(character).startswith("P") or ', now="",
                says="`string.punctuation` is ASCII only: « and — are punctuation, too (Unicode categories P...)."),
        Mistake("unicode_only", was=" or character in string.punctuation", now="",
                says="Symbols such as `$ + < = > ^ | ~` are no punctuation to Unicode (its category is S), but they "
                "are to BERT: everything in `string.punctuation` is."),
        Mistake("symbols_too", was='unicodedata.category(character).startswith("P")',
                now='unicodedata.category(character)[0] in "PS"',
                says="Too much is cut: € and ☃ are symbols (category S), and only the ASCII symbols count as "
                "punctuation."),
        Mistake("regex_w", function=_words_and_single_marks,
                says="The regular expression's `\\w` has an idea of its own: to it `_` belongs to a word and € or ☃ "
                "never does. Ask Unicode's category and `string.punctuation`."),
        Mistake("regex_runs", function=_words_and_runs_of_marks,
                says="A run of marks such as `...` stays together; each punctuation character is a word by itself. "
                "And `\\w` takes `_` for a letter."),
        Mistake("ends_only", function=_marks_at_the_ends_only,
                says="Punctuation is taken off the ends of a word, but inside it (`u.s.a`, `e-mail`) it splits, too."),
        Mistake("apostrophe_kept", was="if is_punctuation:", now="if is_punctuation and character != \"'\":",
                says="The apostrophe is punctuation like any other: `isn't` is three words, `isn`, `'` and `t`."),
        Mistake("hyphen_kept", was="if is_punctuation:", now='if is_punctuation and character != "-":',
                says="The hyphen is punctuation like any other: `e-mail` is three words."),
        Mistake("underscore_kept", was="if is_punctuation:", now='if is_punctuation and character != "_":',
                says="The underscore is punctuation, too: `a_b` is three words."),
        Mistake("digits_split", was="if is_punctuation:", now="if is_punctuation or character.isdigit():",
                says="Digits are no punctuation: a run of digits stays one word here. WordPiece will cut it."),
        Mistake("split_on_one_space", was=".split()", now='.split(" ")',
                says="There are empty words, as `split(' ')` makes them between two spaces that follow each other; "
                "`split()` takes a run of white space as one. A loop of your own has to ask whether there is a word."),
        Mistake("not_split", was='"".join(characters).split()', now='"".join(characters)',
                says="The spaces are in place, but it is still one string: split it into a list of words."),
    ),
    hints=(
        "You have a tool that splits on white space: `split()`. If every punctuation character stood between two "
        "spaces, it would do the rest.",
        "Go through the characters; append a punctuation character with a space on either side, any other as it is; "
        "join; split. Punctuation: the Unicode category begins with P, or the character is in `string.punctuation`.",
        "`is_punctuation = unicodedata.category(character).startswith('P') or character in string.punctuation`; "
        "append `' ' + character + ' '` or `character` to a list; at the end `''.join(...)` and `.split()` without an "
        "argument.",
    ),
)  # fmt: skip


# wordpiece ------------------------------------------------------------------------------------------------------------


def _wordpiece_cases(draw: Draw) -> list[Case]:
    # Endless loops are told apart by where they hang: at a whole word, at the first with several pieces, at the first that has
    # no beginning, at the first that has no end.
    cases = [
        Case(("hello", VOCAB), "a word of the vocabulary"),
        Case(("unaffable", VOCAB), "the longest piece first: una, not un"),
        Case(("playing", VOCAB), "a word and an ending"),
        Case(("12212121", VOCAB), "the number of the lesson"),
        Case(("untoken", VOCAB), "after un nothing fits: token begins a word, ##token does not exist"),
        Case(("☃a", VOCAB, "<unk>"), "one odd character, and another unk_token"),
        Case(("unbx", VOCAB), "the end does not fit"),
        Case(("a☃", VOCAB), "one odd character"),
        Case(("#", VOCAB), "the mark's own character"),
        Case(("", VOCAB), "the empty word"),
        Case(("a" * 100, VOCAB), "100 characters, as long as a word may be"),
        Case(("b" * 101, VOCAB), "101 characters, one too many"),
        Case(("unaffable" + "ffable" * 16, VOCAB), "105 characters, but few pieces"),
        Case(("д" * 51, VOCAB), "51 characters of two bytes each"),
        Case(("hello", VOCAB, "<unk>", 4), "5 characters where 4 are allowed"),
        Case(("playing", VOCAB, "<unk>", 4), "7 characters, in two pieces, where 4 are allowed"),
    ]
    fresh_word = "".join("abc"[draw.number(0, 3)] for _ in range(9))
    pieces = "a b c abca ca ##a ##b ##c ##bc ##cab #a #b #c a## b## c##".split()  # noqa: SIM905
    vocab = {piece: number for number, piece in enumerate(pieces)}
    return [
        *cases,
        Case(("abcab", vocab), "a vocabulary with traps"),
        Case(("abcd", dict.fromkeys(("ab", "abc", "##cd"), 0)), "after abc nothing fits, after ab ##cd would"),
        Case((fresh_word, vocab), "a random word in it"),
    ]


def _from_the_end(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    if len(word) > max_input_chars_per_word:
        return [unk_token]
    pieces, end = [], len(word)
    while end > 0:
        start = 0
        while start < end and ("##" if start else "") + word[start:end] not in vocab:
            start += 1
        if start == end:
            return [unk_token]
        pieces.insert(0, ("##" if start else "") + word[start:end])
        end = start
    return pieces


def _going_back(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    def cut(start):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            rest = cut(end) if piece in vocab else None
            if rest is not None:
                return [piece, *rest]
        return [] if start == len(word) else None

    pieces = cut(0) if len(word) <= max_input_chars_per_word else None
    return [unk_token] if pieces is None else pieces


def _whole_words_only(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    known = word in vocab and len(word) <= max_input_chars_per_word
    return [word] if known else [unk_token] if word else []


def _mark_glued_to_the_rest(word, vocab, unk_token="[UNK]", max_input_chars_per_word=100):
    if len(word) > max_input_chars_per_word:
        return [unk_token]
    pieces = []
    while word:
        end = len(word)
        while end > 0 and word[:end] not in vocab:
            end -= 1
        if end == 0:
            return [unk_token]
        pieces.append(word[:end])
        word = "##" + word[end:] if word[end:] else ""
    return pieces


_TOO_LONG = "if len(word) > max_input_chars_per_word:\n        return [unk_token]"
_NO_FIT = "if end == start:  # not even one character fits\n            return [unk_token]"

check_wordpiece = Check(
    reference.wordpiece,
    _wordpiece_cases,
    mistakes=(
        Mistake("no_mark", was='piece = "##" + piece', now="pass",
                says="The pieces inside the word have no `##`, neither when they are looked up nor in the result. "
                "`ble` and `##ble` are two tokens with two ids."),
        Mistake("mark_lost_in_result", was="pieces.append(piece)", now="pieces.append(word[start:end])",
                says="Pieces are looked up with their `##`, but returned without it."),
        Mistake("mark_added_too_late", was='piece = "##" + piece', now="pass", also=(
                    ("pieces.append(piece)", 'pieces.append("##" + piece if start > 0 else piece)'),),
                says="The `##` must be there when the piece is looked up, not only in the result: `##token` may be "
                "missing where `token` exists."),
        Mistake("mark_everywhere", was="if start > 0:", now="if True:",
                says="The first piece has a `##`, too. The mark says: not the beginning of a word."),
        Mistake("mark_where_more_follows", was="if start > 0:", now="if end < len(word):",
                says="`##` marks a piece that something stands before, not one that something follows."),
        Mistake("mark_at_the_end", was='"##" + piece', now='piece + "##"',
                says="The mark stands before the characters of a piece: `##ing`, not `ing##`."),
        Mistake("one_hash", was='"##" + piece', now='"#" + piece', says="The mark is two characters, `##`."),
        Mistake("unmarked_pieces_accepted", was="if piece in vocab:",
                now="if piece in vocab or word[start:end] in vocab:",
                says="Inside a word only marked pieces count: that `token` is in the vocabulary does not help where "
                "`##token` is not."),
        Mistake("shortest_first", was="end = len(word)", now="end = start + 1", also=(
                    ("while end > start:", "while end <= len(word):"), ("end = end - 1", "end = end + 1"),
                    ("if end == start:", "if end > len(word):")),
                says="The shortest piece that fits is taken. Start with the whole rest of the word and make it "
                "shorter: the longest piece wins."),
        Mistake("from_the_end", function=_from_the_end,
                says="The word is cut from its end. WordPiece goes from left to right: the longest beginning first."),
        Mistake("going_back", function=_going_back,
                says="Where the rest does not fit, yours goes back and tries a shorter piece before it. WordPiece never goes "
                "back: the longest piece stays, and if the rest then does not fit, the whole word is one [UNK]."),
        Mistake("pieces_before_unk_kept", was=_NO_FIT, now=_NO_FIT.replace("[unk", "pieces + [unk"),
                says="Where the rest does not fit, the whole word becomes one [UNK]; the pieces before it are "
                "given up."),
        Mistake("unk_per_character", was=_NO_FIT, now="if end == start:\n            pieces.append(unk_token)\n"
                "            start = start + 1\n            continue",
                says="[UNK] stands for one character, and the rest is cut. In BERT one odd character makes the "
                "whole word one [UNK]."),
        Mistake("odd_character_skipped", was=_NO_FIT,
                now="if end == start:\n            start = start + 1\n            continue",
                says="A character that fits nowhere is skipped in silence. It should make the whole word one [UNK]."),
        Mistake("stops_without_unk", was=_NO_FIT, now="if end == start:\n            break",
                says="Where nothing fits, the pieces so far are returned and the rest is lost. The whole word should "
                "become one [UNK]."),
        Mistake("empty_for_unknown", was=_NO_FIT, now=_NO_FIT.replace("[unk_token]", "[]"),
                says="A word that cannot be cut should give one [UNK], not nothing."),
        Mistake("rest_kept_as_it_is", was=_NO_FIT, now=_NO_FIT.replace("[unk_token]", "pieces + [word[start:]]"),
                says="The rest that does not fit is returned as if it were a piece, but it has no id."),
        Mistake("unk_not_in_a_list", was=_NO_FIT, now=_NO_FIT.replace("[unk_token]", "unk_token"), also=(
                    (_TOO_LONG, _TOO_LONG.replace("[unk_token]", "unk_token")),),
                says="For an unknown word you return the string itself; the result is always a list, here of one "
                "piece."),
        Mistake("unk_hard_coded", was=_NO_FIT, now=_NO_FIT.replace("unk_token", '"[UNK]"'), also=(
                    (_TOO_LONG, _TOO_LONG.replace("unk_token", '"[UNK]"')),),
                says="`[UNK]` is written into the code; another vocabulary may call it otherwise, so use `unk_token`."),
        Mistake("no_length_limit", was=_TOO_LONG, now="pass",
                says="A word of more than `max_input_chars_per_word` characters is [UNK] without further ado."),
        Mistake("limit_on_pieces", was=_TOO_LONG, now="pass", also=(
                    ("return pieces", "return [unk_token] if len(pieces) > max_input_chars_per_word else pieces"),),
                says="The limit is on the word's characters, not on the number of its pieces."),
        Mistake("limit_one_too_low", was="> max_input_chars_per_word", now=">= max_input_chars_per_word",
                says="A word of exactly `max_input_chars_per_word` characters is still cut; only a longer one is "
                "[UNK]."),
        Mistake("limit_hard_coded", was="max_input_chars_per_word:\n        return", now="100:\n        return",
                says="The limit 100 is written into the code; use `max_input_chars_per_word`."),
        Mistake("limit_cuts_the_word", was=_TOO_LONG, now="word = word[:max_input_chars_per_word]",
                says="A word that is too long becomes [UNK] as a whole; it is not shortened."),
        Mistake("limit_in_bytes", was="len(word) > max", now="len(word.encode()) > max",
                says="The limit counts characters, not bytes."),
        Mistake("whole_words_only", function=_whole_words_only,
                says="Only words that stand whole in the vocabulary survive. After each piece the window must open "
                "again, up to the end of the word, and look for the next one."),
        Mistake("first_piece_only", was="start = end", now="return pieces",
                says="It stops after the first piece. Go on behind it until the word is used up."),
        Mistake("skips_a_character", was="start = end", now="start = end + 1",
                says="After each piece one character is lost: `word[start:end]` ends before `end`, so the next piece "
                "begins at `end`."),
        Mistake("always_unk", was="end = len(word)", now="end = len(word) - 1",
                says="Every word becomes [UNK]. Does the window reach the last character? `word[start:end]` ends before "
                "`end`, so begin with `end = len(word)`. And is `end == start` asked before `start = end`? After it, it is "
                "always so."),
        Mistake("always_unk_even_empty", was="while start < len(word):", now="while start <= len(word):",
                says="Everything becomes [UNK], even the empty word. Does the loop go on when the word is used up, and find "
                "nothing there? `while start < len(word)`."),
        Mistake("ids_not_pieces", was="pieces.append(piece)", now="pieces.append(vocab[piece])",
                says="These are ids; here the pieces themselves are wanted. `encode` will number them."),
        Mistake("unk_for_the_empty_word", was="return pieces", now="return pieces or [unk_token]",
                says="The empty word has no pieces, so it gives an empty list."),
        Mistake("not_advancing", was="start = end", now="start = start", endless=True,
                says="The window does not advance: after a piece is found, the next one must begin where it ended."),
        Mistake("not_shrinking", was="end = end - 1", now="pass", endless=True,
                says="It comes to no end where a word has more than one piece. Each time that a piece is not in `vocab`, make the "
                "window shorter (`end = end - 1`); once one is found, the next window begins at its end and reaches to the "
                "end of the word again (`end = len(word)`)."),
        Mistake("no_guard", was="while end > start:", now="while True:", endless=True,
                says="Where not even one character fits, the window shrinks for ever. Once `end` has come down to `start`, the "
                "whole word is `[unk_token]`."),
        Mistake("mark_glued_to_the_rest", function=_mark_glued_to_the_rest, endless=True,
                says="The mark is glued to the rest of the word and then matched as if it were part of it. `#` is a "
                "token itself, so `##☃` gives `#`, and what is left over gets a new `##`, for ever. Put the mark "
                "before a piece when you look it up, never into the word."),
    ),
    hints=(
        "A window over the word: it begins at `start`, and its end is first at the end of the word. Not in the "
        "vocabulary? Make it one character shorter. Found? The next window begins where this one ended.",
        "Two loops. The outer one runs while `start < len(word)`. The inner one begins with `end = len(word)` and "
        "makes `end` smaller until `word[start:end]`, with `##` before it unless `start` is 0, is in the vocabulary. "
        "If `end` comes down to `start`, the whole word is `[unk_token]`. Too long a word is that, too, before any "
        "loop.",
        "`while start < len(word)`: `end = len(word)`; `while end > start`: make `piece = word[start:end]`, with '##' "
        "before it if `start > 0`; `break` if it is in `vocab`; else `end = end - 1`. After the inner loop: if `end "
        "== start`, return `[unk_token]`; else append the piece and set `start = end`.",
    ),
)  # fmt: skip


# encode ---------------------------------------------------------------------------------------------------------------


def _encode_cases(draw: Draw) -> list[Case]:
    pairs = [
        ("Hello world!", None, "one text"),
        ("Hello", "world!", "a pair"),
        ("this is a 12212121 test sentence", None, "the sentence of the course"),
        ("☃", None, "a word of one odd character"),
        ("Café\tau lait, unaffable playing", "unbx ze\u200bro x北京y", "a pair with everything in it"),
        ("", None, "no text"),
        ("Hello", "", "an empty pair is no pair"),
        ("Hello", "  ", "a pair without words is a pair"),
        ("", "it's U.S. 3,456,789", "no text, but a pair"),
        ("a [MASK] ##ing", None, "a special token written in the text is plain text"),
        ("a" * 101 + " a☃ " + "a" * 100, None, "words that are too long or odd"),
        (_text(draw, 6), _text(draw, 5) + " test", "a bit of everything"),
        ("a " * 600, None, "600 words: nothing is cut off"),
    ]
    return [Case((text, pair, VOCAB), about) for text, pair, about in pairs]


def _lists(tokens, segments, vocab):
    ids = [vocab[token] for token in tokens]
    return {"input_ids": ids, "token_type_ids": segments, "attention_mask": [1] * len(ids)}


def _pieces(text, vocab):
    words = reference.pre_tokenize(reference.normalize(text))
    return [piece for word in words for piece in reference.wordpiece(word, vocab)]


def _special_tokens_as_text(text, text_pair, vocab):
    first = _pieces(f"[CLS] {text} [SEP]", vocab)
    second = _pieces(f"{text_pair} [SEP]", vocab) if text_pair else []
    return _lists(first + second, [0] * len(first) + [1] * len(second), vocab)


def _texts_joined(text, text_pair, vocab):
    tokens = ["[CLS]", *_pieces(f"{text} {text_pair}" if text_pair else text, vocab), "[SEP]"]
    return _lists(tokens, [0] * len(tokens), vocab)


def _segments_switch_early(text, text_pair, vocab):
    first, second = ["[CLS]", *_pieces(text, vocab)], ["[SEP]"]
    if text_pair:
        second += [*_pieces(text_pair, vocab), "[SEP]"]
    return _lists(first + second, [0] * len(first) + [1 if text_pair else 0] * len(second), vocab)


def _batch_of_one(text, text_pair, vocab):
    return {key: [ids] for key, ids in reference.encode(text, text_pair, vocab).items()}


def _is_id(value, place):
    return isinstance(value["input_ids"][place], int)  # not a token, nor a list of ids


_CUT = "tokens, token_type_ids = tokens[:{0}], token_type_ids[:{0}]\n    input_ids = ["

check_encode = Check(
    reference.encode,
    _encode_cases,
    properties=(
        Property(lambda value, *_: len({len(ids) for ids in value.values()}) == 1,
                 "The three lists should be of one length: a number in each for every token."),
        Property(lambda value, text, pair, vocab: not _is_id(value, 0) or value["input_ids"][0] == vocab["[CLS]"],
                 "[CLS] should come first, with the id that `vocab` gives it."),
        Property(lambda value, text, pair, vocab: not _is_id(value, -1) or value["input_ids"][-1] == vocab["[SEP]"],
                 "[SEP] should come last, with the id that `vocab` gives it."),
    ),
    mistakes=(
        Mistake("no_cls", was='["[CLS]"]', now="[]",
                says="[CLS] is missing at the beginning; later lessons read the sentence's vector there."),
        Mistake("no_sep", was='        pieces.append("[SEP]")\n', now="",
                says="[SEP] is missing: each text ends with one."),
        Mistake("no_last_sep", was='pieces.append("[SEP]")',
                now='pieces.extend(["[SEP]"] if segment == 0 else [])',
                says="A pair has two [SEP], one after each text; the last one is missing."),
        Mistake("no_middle_sep", was='pieces.append("[SEP]")',
                now='pieces.extend(["[SEP]"] if segment == len(texts) - 1 else [])',
                says="A pair has two [SEP], one after each text; the first one is missing."),
        Mistake("cls_before_each_text", was="pieces = []", now='pieces = ["[CLS]"] if segment else []',
                says="The second text of a pair begins with a [CLS] of its own. There is one [CLS], at the very "
                "beginning."),
        Mistake("cls_and_sep_swapped", was='["[CLS]"]', now='["[SEP]"]', also=(
                    ('pieces.append("[SEP]")', 'pieces.append("[CLS]")'),),
                says="[CLS] and [SEP] have changed places: [CLS] begins, [SEP] ends each text."),
        Mistake("not_normalized", was="normalize(segment_text)", now="segment_text",
                says="The texts are not normalised: the vocabulary knows neither capitals nor accents, so `Hello` and `Café` "
                "become [UNK]. `normalize` comes first."),
        Mistake("text_not_split", was="pre_tokenize(normalize(segment_text))", now="[normalize(segment_text)]",
                says="A whole text goes through `wordpiece` as if it were one word, and becomes [UNK]. `pre_tokenize` splits it "
                "into words."),
        Mistake("words_not_cut", was="pieces.extend(wordpiece(word, vocab))",
                now='pieces.append(word if word in vocab else "[UNK]")',
                says="Only words that stand whole in `vocab` get an id of their own, all others [UNK]. Each word has to go "
                "through `wordpiece`, and that has to find the pieces inside it."),
        Mistake("special_tokens_as_text", function=_special_tokens_as_text,
                says="[CLS] and [SEP] went through the tokenizer like text and came out as `[`, `cls`, `]`. Add them "
                "after the texts are cut into pieces."),
        Mistake("first_sep_in_segment_1", function=_segments_switch_early,
                says="The first [SEP] belongs to the first text, so its token_type_id is 0."),
        Mistake("segments_all_0", was="[segment] * len(pieces)", now="[0] * len(pieces)",
                says="token_type_ids is 0 everywhere; the tokens of the second text, with its [SEP], have 1."),
        Mistake("segments_from_1", was="[segment] * len(pieces)", now="[segment + 1] * len(pieces)", also=(
                    ("[0] * len(tokens)", "[1] * len(tokens)"),),
                says="Segments are counted from 0: the first text has 0, the second 1."),
        Mistake("segments_swapped", was="[segment] * len(pieces)", now="[1 - segment] * len(pieces)", also=(
                    ("[0] * len(tokens)", "[1] * len(tokens)"),),
                says="The segments are the wrong way round: the first text has 0, the second 1."),
        Mistake("last_sep_in_segment_0", was="[segment] * len(pieces)", now="[segment] * (len(pieces) - 1) + [0]",
                says="The last [SEP] of a pair belongs to the second text, so its token_type_id is 1."),
        Mistake("cls_without_segment", was="[0] * len(tokens)", now="[]",
                says="token_type_ids is one too short: [CLS] has one, too, a 0."),
        Mistake("sep_without_segment", was="[segment] * len(pieces)", now="[segment] * (len(pieces) - 1)",
                says="token_type_ids is too short: each [SEP] has one, too."),
        Mistake("pair_ignored", was="if text_pair else [text]", now="if False else [text]",
                says="`text_pair` is not used: a pair is `[CLS] text [SEP] text_pair [SEP]`."),
        Mistake("pair_in_the_wrong_order", was="[text, text_pair]", now="[text_pair, text]",
                says="The pair's texts are in the wrong order: `text` comes first."),
        Mistake("texts_joined", function=_texts_joined,
                says="The two texts are joined into one. A pair keeps them apart: a [SEP] between them, segments 0 "
                "and 1."),
        Mistake("empty_pair_counts", was="if text_pair else", now="if text_pair is not None else",
                says="An empty `text_pair` is no pair: no second [SEP]."),
        Mistake("mask_0", was="[1] * len(input_ids)", now="[0] * len(input_ids)",
                says="attention_mask is the wrong way round: 1 for a token, 0 for padding, and there is no padding "
                "yet."),
        Mistake("mask_0_on_special_tokens", was="[1] * len(input_ids)",
                now='[int(token not in ("[CLS]", "[SEP]")) for token in tokens]',
                says="[CLS] and [SEP] are tokens like the others to the model: their attention_mask is 1. Only "
                "padding has 0."),
        Mistake("mask_1_for_the_text_only", was="[1] * len(input_ids)", now="[1] * (len(input_ids) - 2)",
                says="attention_mask is too short: [CLS] and [SEP] have a 1, too."),
        Mistake("cut_at_512", was="input_ids = [", now=_CUT.format(512),
                says="It cuts at 512 tokens, and the [SEP] is lost with the rest. Here nothing is cut off."),
        Mistake("pieces_cut_to_512", was='pieces.append("[SEP]")', now='pieces = pieces[:510] + ["[SEP]"]',
                says="It cuts to 512 tokens. That is right for the model, but here nothing is cut off: cutting is the "
                "caller's decision."),
        Mistake("cut_at_128", was="input_ids = [", now=_CUT.format(128),
                says="It cuts at 128 tokens, and the [SEP] is lost with the rest. Here nothing is cut off."),
        Mistake("tokens_not_ids", was="[vocab[token] for token in tokens]", now="tokens",
                says="input_ids are the tokens themselves; the model wants their numbers in `vocab`."),
        Mistake("batch_of_one", function=_batch_of_one,
                says="Each list is wrapped in another one, like a batch of one text. Here it is one text: three "
                "plain lists."),
    ),
    hints=(
        "Three functions of yours in a row: `normalize`, `pre_tokenize`, then `wordpiece` for each word. What is new "
        "is what stands around the pieces: [CLS] before, [SEP] after each text.",
        "Start with the tokens `['[CLS]']` and the segments `[0]`. For text number 0 and, if there is one, text "
        "number 1: collect the pieces of all its words, add '[SEP]', and as many segment numbers as pieces. At the "
        "end look up the ids; the mask is as long.",
        "`for segment, part in enumerate([text, text_pair] if text_pair else [text])`: `pieces` = all of "
        "`wordpiece(word, vocab)` for `word in pre_tokenize(normalize(part))`, and '[SEP]'; extend `tokens` by "
        "`pieces` and `token_type_ids` by `[segment] * len(pieces)`. Then `input_ids = [vocab[token] for token in "
        "tokens]`.",
    ),
)  # fmt: skip


# pad_batch ------------------------------------------------------------------------------------------------------------


def _pad_batch_cases(draw: Draw) -> list[Case]:
    def ids(length: int) -> list[int]:
        return [101, *draw.integers(1000, 30000, length).tolist(), 102]

    return [
        Case(([ids(3), ids(1), ids(5)],), "three lengths"),
        Case(([ids(4), ids(2)], 9), "another pad_token_id"),
        Case(([[101, 7, 0, 8, 102], [101, 0, 102]],), "real tokens with the id of the padding"),
        Case(([ids(2)],), "a batch of one"),
        Case(([ids(3), ids(3)],), "nothing to pad"),
        Case(([[], [5, 6]],), "a text without tokens"),
    ]


_ROW = "id_rows.append(sequence + [pad_token_id] * missing)"
_MASK_ROW = "mask_rows.append([1] * len(sequence) + [0] * missing)"
_RETURN = "return input_ids, attention_mask"

check_pad_batch = Check(
    reference.pad_batch,
    _pad_batch_cases,
    axes=("batch", "tokens"),
    properties=(
        Property(lambda value, sequences, *_: value[1].sum(dim=1).tolist() == [len(ids) for ids in sequences],
                 "In the mask, each row should have as many ones as its sequence has tokens."),
    ),
    mistakes=(
        Mistake("left_padding", was=_ROW, now="id_rows.append([pad_token_id] * missing + sequence)", also=(
                    (_MASK_ROW, "mask_rows.append([0] * missing + [1] * len(sequence))"),),
                says="The padding stands on the left. BERT is padded on the right, so that a token's position does "
                "not depend on its neighbours in the batch."),
        Mistake("ids_padded_left", was=_ROW, now="id_rows.append([pad_token_id] * missing + sequence)",
                says="The ids are padded on the left, the mask on the right: it hides the wrong tokens. Both on the "
                "right."),
        Mistake("mask_padded_left", was=_MASK_ROW, now="mask_rows.append([0] * missing + [1] * len(sequence))",
                says="The mask has its zeros on the left, but the padding stands on the right."),
        Mistake("pads_with_0", was="[pad_token_id] * missing", now="[0] * missing",
                says="The padding is always 0; use `pad_token_id`."),
        Mistake("pads_with_unk", was="[pad_token_id] * missing", now="[100] * missing",
                says="It pads with 100, which is [UNK]; use `pad_token_id`."),
        Mistake("pads_with_the_last_token", was="[pad_token_id] * missing",
                now="(sequence or [pad_token_id])[-1:] * missing",
                says="It repeats the last token; pad with `pad_token_id`."),
        Mistake("mask_all_ones", was=_MASK_ROW, now="mask_rows.append([1] * longest)",
                says="The mask is 1 everywhere, so the model would read the padding as if it were text. Padding has "
                "0."),
        Mistake("mask_inverted", was="[1] * len(sequence) + [0] * missing", now="[0] * len(sequence) + [1] * missing",
                says="The mask is the wrong way round: 1 for a real token, 0 for padding."),
        Mistake("mask_by_id", was="attention_mask = torch.tensor(mask_rows, dtype=torch.int64)",
                now="attention_mask = (input_ids != pad_token_id).long()",
                says="The mask asks whether an id equals `pad_token_id`, but a real token may have that id as well. "
                "Only the lengths tell what is padding."),
        Mistake("mask_0_on_special_tokens", was="[1] * len(sequence) + [0]",
                now="[int(token not in (101, 102)) for token in sequence] + [0]",
                says="The mask is 0 on [CLS] and [SEP]. They are real tokens: 1. Only padding has 0."),
        Mistake("lists", was=_RETURN, now="return id_rows, mask_rows",
                says="These are lists; the model takes tensors, of int64."),
        Mistake("only_ids", was=_RETURN, now="return input_ids",
                says="The mask is missing: return both, ids and mask."),
        Mistake("mask_first", was=_RETURN, now="return attention_mask, input_ids",
                says="The two results are in the wrong order: first the ids, then the mask."),
        Mistake("as_dict", was=_RETURN, now='return {"input_ids": input_ids, "attention_mask": attention_mask}',
                says="This is a dict, as BertTokenizer returns it; here it is a tuple of two tensors, ids and mask."),
        Mistake("ids_int32", was="torch.tensor(id_rows, dtype=torch.int64)",
                now="torch.tensor(id_rows, dtype=torch.int32)",
                says="The ids are int32; torch's usual type for indices is int64."),
        Mistake("mask_bool", was="torch.tensor(mask_rows, dtype=torch.int64)",
                now="torch.tensor(mask_rows, dtype=torch.bool)",
                says="The mask is of True and False; BertTokenizer's is of int64, 1 and 0."),
        Mistake("mask_float", was="torch.tensor(mask_rows, dtype=torch.int64)",
                now="torch.tensor(mask_rows, dtype=torch.float32)",
                says="The mask is float; BertTokenizer's is of int64, 1 and 0."),
        Mistake("ids_float", was="torch.tensor(id_rows, dtype=torch.int64)",
                now="torch.tensor(id_rows, dtype=torch.float32)",
                says="The ids are float; they index a table, so they are int64."),
        Mistake("empty_is_float", was="torch.tensor(id_rows, dtype=torch.int64)",
                now="torch.tensor(id_rows, dtype=torch.int64 if all(sequences) else torch.float32)",
                says="Where a text has no tokens the ids come out as float: `torch.tensor([])` has nothing to tell its type from. "
                "Say it: `dtype=torch.int64`."),
        Mistake("transposed", was=_RETURN, now="return input_ids.T, attention_mask.T",
                says="The axes are swapped: (batch, tokens) is wanted. `pad_sequence` needs `batch_first=True`."),
        Mistake("cut_to_the_shortest", was="max(", now="min(", also=(
                    ("missing = longest - len(sequence)", "missing, sequence = 0, sequence[:longest]"),),
                says="Longer sequences are cut to the shortest. Nothing is cut: shorter ones are filled up to the "
                "longest."),
        Mistake("padded_to_512", was="max(len(sequence) for sequence in sequences)", now="512",
                says="Every row has 512 places; the longest sequence of the batch is enough, and all that is above is "
                "computing nothing."),
        Mistake("padded_to_128", was="max(len(sequence) for sequence in sequences)", now="128",
                says="Every row has 128 places; the longest sequence of the batch is enough."),
        Mistake("one_too_long", was="max(len(sequence) for sequence in sequences)",
                now="max(len(sequence) for sequence in sequences) + 1",
                says="The rows are one longer than the longest sequence."),
        Mistake("sorted", was="for sequence in sequences:", now="for sequence in sorted(sequences, key=len):",
                says="The rows are sorted by length. They must stay in the order of the texts, or nobody knows whose "
                "they are."),
        Mistake("changes_inputs", was=_ROW, now="pass", also=(
                    (_MASK_ROW, f"{_MASK_ROW}\n        sequence += [pad_token_id] * missing\n"
                     "        id_rows.append(sequence)"),),
                says="It makes the caller's lists longer: `sequence += ...` and `append` change the list itself."),
    ),
    hints=(
        "A tensor is a rectangle, texts are not. Fill each row up on the right to the length of the longest, and "
        "write down in a second rectangle of the same shape which places are real.",
        "`longest` = the largest length. For each sequence, `missing` = longest - its length; the row of ids is the "
        "sequence and `missing` times the pad id; the row of the mask is that many ones and `missing` zeros. Two "
        "lists of rows become two int64 tensors (batch, tokens).",
        "`sequence + [pad_token_id] * missing` makes a new list and leaves the old one alone; `[1] * len(sequence) + "
        "[0] * missing` is its mask; `torch.tensor(rows, dtype=torch.int64)` makes the tensors; return the ids first.",
    ),
)  # fmt: skip


# decode ---------------------------------------------------------------------------------------------------------------


def _decode_cases(draw: Draw) -> list[Case]:
    texts = {
        "[CLS] hello world ! [SEP]": "whole words",
        "[CLS] un ##ffa ##ble , play ##ing . [SEP]": "pieces",
        "[CLS] a [UNK] [MASK] [SEP] [PAD] [PAD]": "special tokens stay",
        "##ing ##s # 5 # ### a": "a piece at the beginning, and the mark's own character",
        "this is a test": "no special tokens",
        "": "no ids",
    }
    tokens = [*_TOKENS, "###"]  # the piece that is a mark and a `#`
    cases = [Case(([tokens.index(token) for token in text.split()], tokens), about) for text, about in texts.items()]
    return [*cases, Case((draw.integers(0, len(tokens), 12).tolist(), tokens), "random ids")]


_TEXT = 'text = " ".join(pieces)'
_GLUE = 'text.replace(" ##", "")'

check_decode = Check(
    reference.decode,
    _decode_cases,
    mistakes=(
        Mistake("marks_kept", was=_GLUE, now="text",
                says="The `##` pieces are not glued on: `play ##ing` should be `playing`."),
        Mistake("every_space_dropped", was='" ".join', now='"".join', also=((_GLUE, 'text.replace("##", "")'),),
                says="All spaces are gone. Only a `##` piece is glued to the piece before it; whole words keep their "
                "space."),
        Mistake("joined_by_nothing", was='" ".join', now='"".join',
                says="The pieces are joined by nothing; join them by one space, then glue the `##` pieces on."),
        Mistake("mark_dropped_space_kept", was='" ##", ""', now='"##", ""',
                says="The marks are gone, but the space before them is still there: `play ing`."),
        Mistake("mark_becomes_space", was='" ##", ""', now='" ##", " "',
                says="The marks are gone, but the space before them is still there: `play ing`."),
        Mistake("first_mark_dropped", was=_GLUE, now=_GLUE + '.removeprefix("##")',
                says="A `##` piece at the very beginning has nothing to be glued to, so it keeps its mark."),
        Mistake("every_double_hash_dropped", was=_GLUE, now=_GLUE + '.replace("##", "")',
                says="Only a mark that begins a piece is one. At the very beginning of the text, where there is "
                "nothing to glue to, it stays, and `##` that arises by gluing is text."),
        Mistake("every_hash_dropped", was=_GLUE, now='text.replace(" ##", "").replace("#", "")',
                says="`#` is also a character that people write: only the two at the beginning of a piece are a mark."),
        Mistake("all_hashes_of_a_piece_stripped", was=_TEXT,
                now='text = "".join(\n        piece.lstrip("#") if index and piece.startswith("##") '
                'else (" " if index else "") + piece for index, piece in enumerate(pieces))',
                says="`lstrip('#')` takes away every `#` at the beginning; the piece `###` is a mark and a `#`."),
        Mistake("special_tokens_dropped", was="for token_id in ids]", now="for token_id in ids if token_id > 4]",
                says="The special tokens are gone; here they stay, so that one sees what the model was given."),
        Mistake("padding_dropped", was=_TEXT, now='text = " ".join(piece for piece in pieces if piece != "[PAD]")',
                says="[PAD] is left out; here all special tokens stay."),
        Mistake("cls_and_sep_dropped", was=_TEXT,
                now='text = " ".join(piece for piece in pieces if piece not in ("[CLS]", "[SEP]"))',
                says="[CLS] and [SEP] are left out; here all special tokens stay."),
        Mistake("cls_sep_pad_dropped", was=_TEXT,
                now='text = " ".join(piece for piece in pieces if piece not in ("[CLS]", "[SEP]", "[PAD]"))',
                says="[CLS], [SEP] and [PAD] are left out; here all special tokens stay."),
        Mistake("cleaned_up", was=_GLUE, now=_GLUE + '.replace(" .", ".").replace(" !", "!").replace(" ,", ",")',
                says="The space before punctuation is gone. BertTokenizer does that, too, but here it stays."),
        Mistake("space_at_the_end", was='" ".join(pieces)', now='"".join(piece + " " for piece in pieces)',
                says="There is a space too many at the end."),
        Mistake("space_at_the_beginning", was='" ".join(pieces)', now='"".join(" " + piece for piece in pieces)',
                says="There is a space too many at the beginning, or a first `##` piece lost its mark to it."),
        Mistake("list_of_pieces", was=f"return {_GLUE}", now="return pieces",
                says="This is the list of pieces; join them to one text."),
    ),
    hints=(
        "Look up the piece of each id. Between two pieces stands a space, unless the second one begins with `##`: then "
        "nothing, and the mark goes.",
        "First all pieces as a list, then one string with a space between them. What does the string look like where "
        "a piece should be glued on? A space and two `#`: that is what has to go.",
        "`' '.join(...)` over `id_to_token[i]` for each id, then one `.replace(' ##', '')`.",
    ),
)  # fmt: skip
