"""A change of a policy repository, judged by what stood there before."""

from bcdr_sim.review.claims import ClaimsReview
from bcdr_sim.review.reviewing import Ending, Review, review
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.subject import PolicyReview, Step
from bcdr_sim.review.trees import is_behind, tree_at
from bcdr_sim.review.unusable import drop_unusable

__all__ = [
    "ClaimsReview",
    "Ending",
    "PolicyReview",
    "Review",
    "Settings",
    "Step",
    "drop_unusable",
    "is_behind",
    "review",
    "settings_of",
    "tree_at",
]
