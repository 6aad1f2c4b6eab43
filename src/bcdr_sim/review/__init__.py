"""A change of a policy repository, judged by what stood there before."""

from bcdr_sim.review.reviewing import PolicyReview, Review, ScenarioReview, review
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.trees import tree_at

__all__ = ["PolicyReview", "Review", "ScenarioReview", "Settings", "review", "settings_of", "tree_at"]
