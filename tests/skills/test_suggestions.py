"""Which skills a course may be about: words, pieces of words, and meanings where a model has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lms_bridge.pipeline.meanings import LabelMeanings
from lms_bridge.skills.suggestions import SkillIndex, SkillText

SPREADSHEET = SkillText("urn:s:1", (("en", "preferred", "use spreadsheets software"),), "Calculates.")
LIFT = SkillText("urn:s:2", (("en", "preferred", "operate forklift"), ("fr", "preferred", "cariste")), "")
LAW = SkillText("urn:s:3", (("en", "preferred", "data protection"),), "The law of personal data.")
TEXTS = (SPREADSHEET, LIFT, LAW)


class Known:
    """Meanings that a test chose, and what was asked."""

    def __init__(self, near: Mapping[int, float]) -> None:
        self.near = near
        self.asked: list[tuple[str, ...]] = []

    def nearest(self, texts: Sequence[str], most: int) -> Mapping[int, float]:
        self.asked.append(tuple(texts))
        return dict(sorted(self.near.items(), key=lambda pair: -pair[1])[:most])


def found(index: SkillIndex, title: str, description: str = "") -> list[str]:
    return [item.iri for item in index.suggest(title, description)]


def test_words_are_found_by_their_stem_and_what_titles_are_full_of_is_passed_over() -> None:
    index = SkillIndex(TEXTS)
    (best, *_) = index.suggest("Spreadsheet course for beginners")
    assert (best.iri, best.share, best.words) == (SPREADSHEET.iri, 1.0, ("spreadsheet",))
    assert found(index, "Personal data")[0] == LAW.iri
    assert found(index, "Caristes")[0] == LIFT.iri
    assert found(index, "xyzzy") == []


def test_what_is_near_in_meaning_counts_as_much_as_what_shares_words() -> None:
    known = Known({1: 0.8, 0: 0.4})
    index = SkillIndex(TEXTS, lambda _: known)
    assert found(index, "xyzzy") == [LIFT.iri, SPREADSHEET.iri]
    # The best by words and half as near as the nearest is 1/2 + 1/4; the nearest without a word is 1/2.
    assert [(item.iri, item.share) for item in index.suggest("Spreadsheets")] == [
        (SPREADSHEET.iri, 1.0),
        (LIFT.iri, pytest.approx(2 / 3)),
    ]


def test_title_and_description_are_asked_without_the_words_of_courses() -> None:
    known = Known({})
    index = SkillIndex(TEXTS, lambda _: known)
    found(index, "Advanced course: forklift")
    found(index, "Forklift", "Lift and carry.")
    assert known.asked == [("forklift",), ("forklift", "forklift Lift and carry.")]


def test_the_model_numbers_skills_as_they_stand_whatever_has_no_label() -> None:
    silent = SkillText("urn:s:0", (), "")
    meanings = LabelMeanings((silent, *TEXTS, silent))
    near = meanings.nearest(["warehouse truck driver"], 2)
    assert next(iter(near)) == 2
    assert all(0 < value <= 1.0001 for value in near.values())
    assert len(near) <= 2
    assert LabelMeanings((silent,)).nearest(["truck"], 2) == {}
    assert meanings.nearest([""], 2) == {}
