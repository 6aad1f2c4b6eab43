"""Laws of the comment of a review: it fits whatever the change, and what fails is never left out for what holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bcdr_sim.report.comment import COMMENT_BYTES_MAX, review_markdown
from bcdr_sim.review import ClaimsReview, Review, review
from policy_repository import begin, change, git

GLOSSARY = "What the words mean"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """The bad change of the example, reviewed."""
    folder = tmp_path_factory.mktemp("comment")
    after = begin(folder / "after")
    before = folder / "before"
    git(folder, "clone", "-q", str(after), str(before))
    change(after, "bad")
    return review(before, after, engine="0", only=())


def failing(path: str, number: int, words: str = "expected hold, but it decides failover") -> ClaimsReview:
    """A file with so many failing cases."""
    failures = tuple(f"case {each}: {words}" for each in range(1, number + 1))
    return ClaimsReview(path, is_earlier=True, holds=False, failures=failures)


def holding(path: str) -> ClaimsReview:
    """A file that holds."""
    return ClaimsReview(path, is_earlier=True, holds=True, failures=())


def fits(comment: str) -> bool:
    """Whether a comment is as short as it must be."""
    return len(comment.encode()) <= COMMENT_BYTES_MAX


def test_a_short_comment_is_whole(found: Review) -> None:
    """Nothing is cut, in the order in which it is read."""
    comment = review_markdown(found)
    assert fits(comment)
    assert "JSON report" not in comment
    heads = [line for line in comment.splitlines() if line.startswith("### ")]
    assert heads[:2] == ["### What is wrong", "### What is decided otherwise"]
    assert GLOSSARY in comment


def test_of_many_failing_cases_the_first_are_told_and_the_others_counted(found: Review) -> None:
    """A row is shortened, never dropped."""
    many = failing("tests/huge.policytest.yaml", 350, "expected hold (consent_pending), " * 8)
    comment = review_markdown(replace(found, claims=(many, *map(holding, "abc"), failing("tests/small", 2))))
    assert fits(comment)
    (row,) = [line for line in comment.splitlines() if "huge" in line]
    assert row.startswith("| **fails** |")
    assert "case 1: " in row
    assert "and 340 more, in the JSON report" in row
    assert "| **fails** | tests/small | case 1" in comment
    assert "| ok | a |" in comment
    assert GLOSSARY in comment


def test_what_holds_is_left_out_before_anything_that_fails(found: Review) -> None:
    """However the rows are mixed: all that fails, then the words, then what there is room for."""
    mixed = [each for n in range(1_000) for each in (holding(f"ok{n}"), failing(f"bad{n}", 1))]
    comment = review_markdown(replace(found, claims=tuple(mixed)))
    assert fits(comment)
    assert GLOSSARY in comment
    assert "| **fails** | bad0 |" in comment
    assert comment.count("| **fails** |") >= 1_000 or "| ok | ok" not in comment
    few = [holding(f"ok{n}") for n in range(3_000)] + [failing("last", 500, "x" * 400)]
    comment = review_markdown(replace(found, claims=tuple(few)))
    assert fits(comment)
    assert "| **fails** | last |" in comment
    assert "| ok | ok0 |" in comment
    assert "rows that hold" in comment.splitlines()[-1]


def test_what_is_left_out_is_counted_by_what_it_is(found: Review) -> None:
    """More failures than fit are counted as failures."""
    claims = tuple(failing(f"tests/{'x' * 100}{n}", 3) for n in range(1_000))
    comment = review_markdown(replace(found, claims=claims))
    shown = comment.count("| **fails** | tests/")
    assert fits(comment)
    assert shown > 100
    tail = comment.splitlines()[-1]
    assert f"{1_000 - shown} failures" in tail
    assert "### Worth knowing" not in comment


def test_one_endless_sentence_is_cut(found: Review) -> None:
    """Of a finding, with what it begins with."""
    (first, *rest) = [each for each in found.findings if each.kind.code == "BCDR401"]
    endless = replace(first, problem=replace(first.problem, message="gone " * 40_000))
    comment = review_markdown(replace(found, findings=(endless, *rest)))
    assert fits(comment)
    assert "gone gone" in comment
    assert "cut; whole in the JSON report" in comment
