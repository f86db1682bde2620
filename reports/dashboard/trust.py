"""Whether the figures can be trusted: data health as lines, each with its weight, its sentence and where it is remedied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reports.content.model import DataHealth
from reports.content.words import percent_word

Weight = Literal["good", "fair", "poor"]
Door = Literal["sources", "rejected", "unknown_actors", "unmapped", "clocks", "failures", ""]


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One thing that may bend the figures; `door` names the page that remedies it, "" where waiting does."""

    weight: Weight
    subject: str
    text: str
    door: Door


@dataclass(frozen=True, slots=True)
class Trust:
    """The verdict over all lines: the heaviest weight and one sentence."""

    weight: Weight
    verdict: str
    detail: str
    lines: tuple[HealthLine, ...]


def trust(health: DataHealth) -> Trust:
    """Return the verdict on `health`, heaviest lines first; a line without a finding is left out.

    What keeps proof from counting (silent sources, failed work, unread statements) is poor, what waits for a decision fair.
    """
    lines = sorted(_lines(health), key=lambda line: _ORDER[line.weight])
    weight = lines[0].weight if lines else "good"
    return Trust(weight, _VERDICTS[weight], _detail(lines), tuple(lines))


_ORDER: dict[Weight, int] = {"poor": 0, "fair": 1, "good": 2}
_VERDICTS: dict[Weight, str] = {
    "good": "Complete: nothing is waiting",
    "fair": "Usable: some learning waits for a decision",
    "poor": "With care: proof may be missing",
}


def _lines(health: DataHealth) -> list[HealthLine]:
    lines = [
        HealthLine("poor", source.name, _silence(source.last_seen is None, source.silent_days), "sources")
        for source in health.sources
        if source.is_silent
    ]
    counted: tuple[tuple[int, Weight, str, str, Door], ...] = (
        (health.failures, "poor", "Failed work", "could not be derived", "failures"),
        (health.queue_depth, "fair", "Being read", "not yet in the figures", ""),
        (health.refused_requests, "fair", "Refused requests", "never became proof", "rejected"),
        (health.unknown_actors, "fair", "Unknown accounts", "belong to nobody we know", "unknown_actors"),
        (health.doubtful_clocks, "fair", "Doubtful clocks", "prove nothing until decided", "clocks"),
    )
    lines += [
        HealthLine(weight, subject, f"{count} {words}", door)
        for count, weight, subject, words, door in counted
        if count
    ]
    if health.unmapped_objects:
        share = (
            ""
            if health.unmapped_share is None
            else f", {percent_word(health.unmapped_share)} of all learning"
        )
        lines.append(
            HealthLine(
                "fair",
                "Unmapped learning",
                f"{_count(health.unmapped_objects, 'title')} finished by {_count(health.unmapped_people, 'person')} "
                f"and counted by no rule{share}",
                "unmapped",
            )
        )
    if health.not_proof:
        lines.append(
            HealthLine(
                "good",
                "Not proof",
                f"{_count(health.not_proof, 'statement')} about mapped learning proved nothing, such as waived courses",
                "unmapped",
            )
        )
    return lines


def _silence(never: bool, days: int | None) -> str:
    if never:
        return "has not sent anything yet"
    return f"silent for {_count(days or 0, 'day')}"


def _count(number: int, noun: str) -> str:
    plural = {"person": "people"}.get(noun, f"{noun}s")
    return f"{number} {noun if number == 1 else plural}"


def _detail(lines: list[HealthLine]) -> str:
    heavy = [line for line in lines if line.weight != "good"]
    if not heavy:
        return "Every source sends, every statement is read."
    more = f"; {len(heavy) - 1} more" if len(heavy) > 1 else ""
    return f"{heavy[0].subject}: {heavy[0].text}{more}"
