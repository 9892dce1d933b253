"""Places in a value that a check has made of an answer, in the words of the exercise: a learner never saw its keys."""

import re
from collections.abc import Mapping


def place_in_words(where: str, words: Mapping[str, str]) -> str:
    """What a card says for `result['vectors'][0]`; "" where the place is the answer itself.

    words: for each key of the dict that the check makes, what it is, or "" for what the answer returned. A `*` is for every
    other key, with {} in its place. A key of several words is what it says.
    """
    found = re.fullmatch(r"result\['(.*?)'\](.*)", where)
    if not found or not (words or " " in found[1]):
        return f"`{where}`" if where else ""
    key, rest = found.groups()
    words = {key: key} | words if " " in key else words
    said = words.get(key, words.get("*", f"`{key}`")).replace("{}", key)
    if not rest:
        return said
    inner = re.fullmatch(r"\['(.*?)'\]", rest)
    if said and inner:
        return f"`{inner[1]}` of {said}"
    return f"`result{rest}`" if not said else f"`{rest}` of {said}"
