"""What the YAML parser's complaints mean, and what a person can do about them."""

from __future__ import annotations

from collections.abc import Callable


def _wrong_start(line: str, column: int) -> str:
    if line[column : column + 1] == "\t":
        return "a tab cannot indent a line; use spaces"
    return f"'{line[column : column + 1]}' cannot start a value; put the text in quotes"


def _wrong_colon(line: str, column: int) -> str:
    if ":" in line[:column]:
        return "a second ':' in one line; put a text with ': ' in it in quotes"
    return "':' cannot stand here; is one missing on the line above, or the indentation wrong?"


def _no_colon(line: str, column: int) -> str:
    missing = "a space after the ':'" if ":" in line[column:] else "a ':'"
    return f"expected 'key: value' here; is {missing} missing?"


# (part of the parser's sentence, what is said instead); the first that is contained decides.
# Source: the messages of libyaml 0.2.5. Where PyYAML comes without libyaml, a few read otherwise and are shown as
# they are.
_HINTS: tuple[tuple[str, str | Callable[[str, int], str]], ...] = (
    ("cannot start any token", _wrong_start),
    ("mapping values are not allowed", _wrong_colon),
    ("could not find expected ':'", _no_colon),
    ("unexpected end of stream", "this quote is never closed"),
    ("did not find expected alphabetic or numeric character", "a text that starts with '&' or '*' needs quotes"),
    ("did not find expected node content", "a key or value is missing here"),
    ("did not find expected key", "expected a key here; check indentation, quotes and brackets"),
    ("did not find expected '-' indicator", "expected '- ' here; all items of a list start in one column"),
    ("did not find expected ',' or ']'", "a ',' is missing before this, or the list from line {begin} is not closed"),
    ("did not find expected ',' or '}'", "a ',' is missing before this, or the mapping from line {begin} is not closed"),
    ("exceeded maximum nesting depth", "too many brackets one in another"),
    ("block sequence entries are not allowed", "put the '- ' items of a list on lines of their own"),
    ("unknown escape character", "no such escape; in single quotes a backslash means itself"),
    ("invalid Unicode character escape code", "this escape names no character"),
    ("did not find expected hexdecimal number", "this escape needs hexadecimal digits"),
    ("undefined tag handle", "tags ('!...') are not used in this format; remove it"),
    ("did not find expected <document start>", "nothing may stand here; check the indentation"),
    ("incompatible YAML document", "directives ('%...') are not used in this format; remove the line"),
)  # fmt: skip


def starts_there(sentence: str, *, at_line_start: bool) -> bool:
    """Return whether a complaint is better shown where its subject begins than where the parser gave up.

    A key cannot be told from the rest of a text until its line has ended, nor an open quote or bracket until the
    next key or the file's end.
    """
    if "unexpected end of stream" in sentence or "could not find expected ':'" in sentence:
        return True
    return at_line_start and "did not find expected ',' or" in sentence


def explain(sentence: str, line: str, *, column: int, begin: int) -> str:
    """Return the message for a complaint of the parser.

    It stands at a column of a line, counted from 0; what it is about begins on line `begin`, counted from 1.
    """
    here = line[column : column + 1]
    if "did not find expected ',' or" in sentence and here in ("[", "{"):
        return f"this '{here}' is never closed"
    hint = next((ours for theirs, ours in _HINTS if theirs in sentence), None)
    if hint is None:
        return f"not YAML: {sentence}"
    return hint(line, column) if callable(hint) else hint.replace("{begin}", str(begin))
