"""Fields are found as the csv module finds them, and what is not filled in stays as it was, to the byte."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.grade.errors import RosterError
from course_utils.grade.marks.raw_csv import decoded, delimiter_of, filled, rows_of

TEXTS = st.text(st.sampled_from('ab7,;\t"\r\n äß=\x0b\u2028'), max_size=40)


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.sampled_from(",;\t"))
def test_fields_are_those_of_the_csv_module(text, delimiter):
    found = [[field.value for field in row] for row in rows_of(text, delimiter)]
    assert found == list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from(",;\t"), st.text(st.sampled_from('8.,;\t"\n'), min_size=1, max_size=4), st.data())
def test_only_the_fields_that_are_filled_in_change(text, delimiter, value, data):
    rows = rows_of(text, delimiter)
    places = [(number, column) for number, row in enumerate(rows) if len(row) > 1 for column in range(len(row))]
    chosen = data.draw(st.sets(st.sampled_from(places), max_size=5)) if places else set()
    new = filled(text, rows, dict.fromkeys(chosen, value), delimiter)
    wanted = [[field.value for field in row] for row in rows]
    for number, column in chosen:
        wanted[number][column] = value
    assert [[field.value for field in row] for row in rows_of(new, delimiter)] == wanted
    kept = iter(rows_of(new, delimiter))
    for number, row in enumerate(rows):
        again = next(kept)
        for column, field in enumerate(row):
            if (number, column) not in chosen:
                assert new[again[column].start : again[column].end] == text[field.start : field.end]


def test_a_short_row_is_made_longer():
    text = "id,name,grade\r\n1,Anna\r\n2,Ben,\r\n"
    assert (
        filled(text, rows_of(text, ","), {(1, 2): "8", (2, 2): "7"}, ",") == "id,name,grade\r\n1,Anna,8\r\n2,Ben,7\r\n"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_every_encoding_gives_the_same_bytes_again(encoding):
    data = "Müller,Straße\r\n".encode(encoding) + (b"\x81\x8d" if encoding == "latin-1" else b"")
    text, found = decoded(data, "x.csv")
    assert text.encode(found) == data
    assert "Müller" in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_in_a_sentence(encoding):
    with pytest.raises(RosterError, match=r"x\.csv is UTF-16.*CSV UTF-8"):
        decoded("a,b".encode(encoding), "x.csv")


def test_the_delimiter_is_the_one_that_makes_columns():
    assert delimiter_of('"Name; first",Id,Grade\r\n') == (",", 0)
    assert delimiter_of("Name\tId, old\tGrade") == ("\t", 0)
    assert delimiter_of("\ufeffName;Id;7,5") == (";", 1)
    assert delimiter_of("sep=;\r\na,b;c") == (";", 7)
