"""What the YAML parser's complaints mean, and what a person can do about them."""

from __future__ import annotations

# (part of the parser's sentence, ours); the first that is contained decides.
# Source: the messages of libyaml 0.2.5 and of PyYAML's own scanner and parser, which share their wording.
_HINTS = (
    ("could not find expected ':'", "expected 'key: value' here; is a ':' or a closing quote missing?"),
    ("did not find expected key", "expected a key here; check indentation, quotes and brackets"),
    ("did not find expected '-' indicator", "expected '- ' here; all items of a list start in one column"),
    ("did not find expected ',' or ']'", "expected ',' or ']' in the list that starts on line {begin}"),
    ("did not find expected ',' or '}'", "expected ',' or '}' in the mapping that starts on line {begin}"),
    ("exceeded maximum nesting depth", "too many brackets one in another"),
    ("block sequence entries are not allowed", "put the '- ' items of a list on lines of their own"),
    ("unknown escape character", "no such escape; in single quotes a backslash means itself"),
    ("invalid Unicode character escape code", "this escape names no character"),
    ("did not find expected hexdecimal number", "this escape needs hexadecimal digits"),
    ("undefined tag handle", "tags ('!...') are not used in this format; remove it"),
    ("did not find expected <document start>", "nothing may stand here; check the indentation"),
    ("incompatible YAML document", "directives ('%...') are not used in this format; remove the line"),
)  # fmt: skip


def explain(sentence: str, line: str, *, column: int, begin: int) -> str:
    """Return the message for a complaint of the parser.

    It stands at a column of a line, counted from 0; what it is about begins on the line `begin`, counted from 1.
    """
    if "cannot start any token" in sentence:
        if line[column : column + 1] == "\t":
            return "a tab cannot indent a line; use spaces"
        return f"'{line[column : column + 1]}' cannot start a value; put the text in quotes"
    if "mapping values are not allowed" in sentence:
        if ":" in line[:column]:
            return "a second ':' in one line; put a text with ': ' in it in quotes"
        return "':' cannot stand here; is one missing on the line above, or the indentation wrong?"
    if "unexpected end of stream" in sentence:
        return "this quote is never closed"
    ours = next((ours for theirs, ours in _HINTS if theirs in sentence), None)
    return ours.replace("{begin}", str(begin)) if ours else f"not YAML: {sentence}"
