"""What every figure means: the text of docs/metrics.md and of the Definitions sheet."""

from __future__ import annotations

DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("As of", "The calendar day, in the company's time zone, for which the figures hold."),
    ("As known on", "The moment up to which every cause known to the service is taken into account."),
    (
        "Evidence",
        "One accepted fact that a person showed a skill at a level. It holds from the day it was achieved up to its last valid day.",
    ),
    (
        "Last valid day",
        "The last day on which a fact counts; the day after, it has run out. Of a pair that is met: the last day on which it stays met if nothing is renewed.",
    ),
    (
        "Strength",
        "How a skill was tested: self-asserted < attended < completed < assessed < verified < certified.",
    ),
    (
        "Attained",
        "The highest level among a person's evidence that holds on the day with at least the accepted strength; 0 is none. A later assessment by a named person supersedes earlier ones by persons, up or down.",
    ),
    (
        "Required",
        "The highest level among the mandatory and required rows that bind a person in a skill, by role or by team.",
    ),
    (
        "Met",
        "Every mandatory and required row of the pair is attained at its level and strength. A lower level counts 0; what expires soon still counts.",
    ),
    ("Not met", "At least one row of the pair is not attained and is due."),
    ("Not yet due (open)", "The rows that are not attained are all due after the day. Shown, in no ratio."),
    ("Exempt", "An exemption with reason and dates lifts the requirement. Shown, in no ratio."),
    ("Desirable", "A row that is shown and stands in no ratio."),
    (
        "Requirements met",
        "Met pairs / (met + not met pairs). Each person and skill counts once in any union of teams.",
    ),
    ("Mandatory compliance", "The same over mandatory rows alone."),
    (
        "Coverage of a skill",
        "Met pairs / (met + not met pairs) of that skill in the team. A head-count line has its own: holders / needed, at most 1.",
    ),
    (
        "Head-count",
        "A row that asks the team for a number of holders, or a share of its active members rounded up, over the team and the teams below. People on leave do not count.",
    ),
    (
        "Holders, depth",
        "Active members of any role who attain the highest level that the team's rows need, at those rows' strength.",
    ),
    ("Uncovered", "Depth 0."),
    (
        "Single point of failure",
        "Depth 1 where at least two are asked, or a mandatory or head-count row asks.",
    ),
    (
        "Next best",
        "The active member who is no holder and has the highest level, at the accepted strength; among equals the latest.",
    ),
    (
        "Gap",
        "Steps of the skill's scale between the level asked and the level attained at the strength asked.",
    ),
    ("Reason: was taken back", "A fact at the level stood and was withdrawn, voided or revoked."),
    ("Reason: has run out", "A fact at the level stood and its validity ended."),
    (
        "Reason: shown, but not by proof that counts",
        "A fact at the level exists, but its strength is too low, its issuer is undecided, or it is only derived from a similar skill.",
    ),
    ("Reason: shown at a lower level", "Evidence exists below the level asked."),
    ("Reason: never shown", "No evidence of the skill."),
    (
        "At-risk coverage",
        "The share 30, 60 and 90 days ahead with today's members and requirements if nothing is renewed; of a head-count by today's holders.",
    ),
    ("Freshness", "The share of held skills whose latest fact is younger than 12 months."),
    (
        "Readiness",
        "The share of a role's requirements that a person meets, whether assigned to it or not; the others block.",
    ),
    ("n/a", "The denominator is empty; never shown as 0 % or 100 %."),
)
