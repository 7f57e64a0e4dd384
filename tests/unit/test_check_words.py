"""The check for words to avoid."""

from __future__ import annotations

from dev.check_words import hits, hits_in_code, read_list

WORDS = read_list("# a comment\n\nshall = present tense\nin vain = say what was not found\n")


def found(text):
    return [(hit.line, hit.found) for hit in hits(text, WORDS)]


def test_whole_words_are_found_in_any_case_and_over_line_breaks():
    assert found("It Shall not.\nSought in\nvain; shallow.") == [(1, "Shall"), (2, "in vain")]


def test_code_is_no_prose():
    assert found("```\nshall\n```\nuse `shall` or ``in vain``\n") == []


def test_docstrings_comments_and_texts_are_read_and_names_are_not():
    source = 'shall = 1\n"""It\nshall."""\nx = "in vain"  # shall\n'
    lines = [(hit.line, hit.found) for hit in hits_in_code(source, WORDS)]
    assert lines == [(3, "shall"), (4, "in vain"), (4, "shall")]
