"""The thirty relations that hold between worlds, what each asks for, and the laws that are tried on random ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A relation, where it holds (empty: in every world), and the names of its tests."""

    number: int
    says: str
    where: str
    tests: tuple[str, ...]


WHOLE = "outages hit whole regions and end for all at once; somebody else stays in each region, so that impact is confirmed"
ONE = "one outage, moves aborted when the region returns"
RELATIONS = (
    Relation(
        1,
        "up, degraded, planned and down sum to the horizon, phases leave no gap, ledgers sum to recovery times, "
        "incidents are closed or censored",
        "",
        ("accounts_add_up_to_the_horizon_and_ledgers_to_recovery_times",),
    ),
    Relation(
        2,
        "nothing is down, lost or degraded, and metrics of incidents are n/a",
        "no outages, false alarms, maintenance or orders",
        ("where_nothing_happens_nothing_is_down_lost_or_degraded",),
    ),
    Relation(
        3,
        "whoever never moves loses nothing and is down for the union of its outages",
        "nobody depends on others; no partitions or corruptions, which take service later or never",
        ("who_never_moves_is_down_for_the_union_of_its_outages_and_loses_nothing",),
    ),
    Relation(
        4,
        "with loss for all and consent of nobody, no failover",
        "the seed's rules; no outage in which a link drains (unreachable, false alarm), no orders",
        ("with_loss_for_all_and_consent_of_nobody_nothing_fails_over",),
    ),
    Relation(
        5,
        "without loss anywhere, the seed's rules move as the same rules without their part about losses",
        "losses are determined at once",
        ("without_any_loss_the_rules_move_as_if_losses_did_not_matter",),
    ),
    Relation(
        6,
        "the same with consent to any loss and no time taken by customers and support",
        "losses are determined at once, something is lost from the first, whoever is to move is not served (no false "
        "alarms, no partitions); consent goes to the limit of who gives it",
        ("with_consent_at_once_to_anything_the_rules_move_as_if_losses_did_not_matter",),
    ),
    Relation(
        7,
        "a failover by the seed's rules loses nothing, or no more than the consent to this outage covers at its commit",
        "",
        ("every_failover_loses_nothing_or_what_this_outage_has_a_consent_for",),
    ),
    Relation(
        8,
        "known loss is at least true loss; out of a hard outage realised loss is potential loss; a failback loses nothing, "
        "and begins only when all is carried over",
        "the first two: hard outages, nobody depends on others, before the region returns; the second: no restores",
        (
            "what_is_told_of_a_loss_is_what_is_lost_and_what_is_not_confirmed",
            "a_move_out_of_a_hard_outage_loses_what_was_exposed_at_impact",
            "a_failback_loses_nothing_and_begins_only_when_all_is_carried_over",
        ),
    ),
    Relation(
        9,
        "whoever is not covered never moves and loses nothing",
        "policies that do not restore",
        ("who_is_not_covered_never_moves_and_loses_nothing",),
    ),
    Relation(
        10,
        "one more that is not covered changes nobody else",
        WHOLE,
        ("one_more_environment_that_is_not_covered_changes_nobody_else",),
    ),
    Relation(
        11,
        "all durations times eight: everything happens eight times later",
        "no calendars; no draw is rounded to the millisecond",
        ("everything_that_takes_eight_times_as_long_happens_eight_times_later",),
    ),
    Relation(
        12,
        "all put off alike, calendars too: everything happens as much later",
        "by whole periods of all that recurs; nothing counts from the beginning (numbered shipments, a first backlog) or "
        "is announced before it",
        ("everything_that_begins_later_happens_as_much_later",),
    ),
    Relation(
        13,
        "a shorter horizon gives a prefix; what comes later changes nothing before, the end of an outage included",
        "",
        (
            "a_shorter_horizon_gives_the_beginning_of_the_same_story",
            "what_has_not_begun_is_not_seen",
            "nobody_sees_when_an_outage_will_end",
        ),
    ),
    Relation(
        14,
        "an outage in two touching pieces is one outage",
        "outages that draw and do nothing of their own: whole regions, one end, no stalls, backlogs, lost data; hard, "
        "gray or unreachable",
        ("an_outage_in_two_touching_pieces_is_one_outage",),
    ),
    Relation(
        15,
        "an outage inside another of the same kind changes nothing",
        "as 14",
        ("an_outage_inside_another_changes_nothing",),
    ),
    Relation(
        16,
        "as many slots as environments are as good as any number; whoever waits for nobody lives as if alone",
        f"the second: no limits (slots, capacity, crews, agents, dependencies, surges); {WHOLE}",
        (
            "as_many_slots_as_environments_are_as_good_as_any_number",
            "who_waits_for_nobody_lives_as_if_alone",
        ),
    ),
    Relation(
        17,
        "a clone with the same draws lives the same life",
        "no limits",
        ("a_clone_with_the_same_draws_lives_the_same_life",),
    ),
    Relation(
        18,
        "a move that never ends and is aborted changes no down time",
        "only who is down is moved, no orders; outages leave nothing or all",
        ("a_move_that_never_ends_and_is_aborted_changes_no_down_time",),
    ),
    Relation(
        19,
        "down time is the sum of recovery times cut at the horizon",
        "",
        ("down_time_is_the_sum_of_recovery_times_cut_at_the_horizon",),
    ),
    Relation(
        20,
        "two regions under one common cause are as one",
        f"no limits; {WHOLE}",
        ("two_regions_under_one_common_cause_are_as_one",),
    ),
    Relation(
        21,
        "order of the file, a region that nobody is concerned with, writing the world down and reading it: the same bytes "
        "(workers, chunks and resuming: `test_many_worlds.py`, `test_run_folder.py`)",
        "",
        (
            "the_order_in_the_file_means_nothing",
            "a_region_that_nobody_is_concerned_with_changes_nothing",
            "a_world_that_is_written_down_replays_to_the_byte",
        ),
    ),
    Relation(
        22,
        "what is written is copied, waits or is lost",
        "a link of limited bandwidth",
        ("what_is_written_is_copied_or_waits_or_is_lost",),
    ),
    Relation(
        23,
        "more slots lengthen no recovery",
        f"{ONE}; runs do not fail and do not slow each other down; nobody's consent ends; policies as in 25",
        ("more_slots_lengthen_no_recovery",),
    ),
    Relation(24, "a shorter run lengthens no recovery", "as 23", ("a_shorter_run_lengthens_no_recovery",)),
    Relation(
        25,
        "a shorter detection lengthens no recovery",
        "as 23; slots for all, or nobody is asked; policies that read no estimates and no hours",
        (
            "a_shorter_detection_lengthens_no_recovery",
            "a_shorter_detection_lengthens_no_recovery_where_nobody_is_asked",
        ),
    ),
    Relation(
        26,
        "faster consent lengthens no recovery",
        "as 23; slots for all, whoever answers agrees",
        ("a_faster_consent_lengthens_no_recovery",),
    ),
    Relation(
        27,
        "recovery takes at most what it takes in place; with slots for all, that or ready and run, whichever is first",
        f"{ONE}, which leaves nothing",
        (
            "nobody_is_down_for_longer_than_the_recovery_in_place",
            "recovery_is_in_place_or_when_ready_and_run_whichever_is_first",
        ),
    ),
    Relation(
        28,
        "names of equals permuted: the same recovery times among them",
        f"{ONE}; nothing is drawn",
        ("names_of_equals_permuted_permute_their_recoveries",),
    ),
    Relation(
        29,
        "a longer outage shortens no recovery; later consent raises no realised loss",
        "one outage, aborted or committed; the second: slots for all, nothing is written once service is lost",
        ("a_longer_outage_shortens_no_recovery", "a_later_consent_raises_no_loss"),
    ),
    Relation(
        30,
        "more lag lowers no potential loss of the same outage, and no realised loss of the same failovers",
        "policies that do not look at losses; nothing is drained on order, cut off or spoilt",
        (
            "more_lag_lowers_no_potential_loss_of_the_same_outage",
            "more_lag_lowers_no_realised_loss_of_the_same_failovers",
        ),
    ),
)
