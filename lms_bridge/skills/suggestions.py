"""Which skills a course may be about: the words of its title and description against the labels of frameworks.

BM25 over fields (a preferred label weighs more than an alternative one, that more than a description), on word stems of
the label's language; beside it the same over pieces of four letters, which find relatives across languages and inside
compounds. Where a model of meanings is at hand, it counts as much as both. A suggestion is for a person to judge: nothing
is ever applied by itself. Source: Robertson and Zaragoza, The
Probabilistic Relevance Framework (2009), BM25F in its simple form.
"""

from __future__ import annotations

import heapq
import math
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import snowballstemmer

_WORD: Final = re.compile(r"[^\W_]+(?:[+#]+)?")
_K1: Final = 1.2
_B: Final = 0.6
_FIELDS: Final = {"preferred": 3.0, "alternative": 1.5, "hidden": 1.5, "description": 0.4}
_DESCRIPTION: Final = 0.4
_PIECES: Final = 0.35
_PIECE: Final = 4
_MEANING: Final = 0.5
_MOST_NEAR: Final = 300
_MOST_CHARACTERS: Final = 2000
_MOST_WORDS: Final = 60
_STEMMERS: Final = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
    "sv": "swedish",
    "da": "danish",
    "pl": "polish",
}
# What titles of courses are full of and skills are not: it says that something is taught, not what.
_COURSE_TEXT: Final = """
    a an the of for in on to and or with your you how at by from into is are be as it its about within
    course courses training trainings workshop seminar module modul modules lesson unit webinar elearning e learning
    online basic basics fundamental fundamentals introduction introductory intro foundation foundations essential
    essentials advanced beginner beginners intermediate expert experts level levels part refresher certificate
    certification certified masterclass bootcamp crash complete guide practice practical theory programme program
    path track day days hour hours annual yearly new edition v1 v2 i ii iii iv
    le la les l un une des du de d et ou en au aux pour par sur dans avec votre vos à se s ce cette qu que
    cours formation formations stage atelier séminaire initiation bases base introduction débutant débutants avancé
    avancée avancées perfectionnement niveau module fondamentaux notions essentiels parcours certificat attestation
    recyclage annuel annuelle pratique théorie jour jours maîtriser réussir apprendre comprendre savoir
    der die das den dem des ein eine einen einem einer eines und oder für im in am an auf mit von vom zum zur bei zu
    kurs kurse schulung schulungen seminar lehrgang weiterbildung grundkurs grundlagen aufbaukurs einführung einstieg
    einsteiger fortgeschrittene fortgeschrittenen stufe teil auffrischung unterweisung jährliche jährlich zertifikat
    praxis theorie tag tage stunde
"""
_COURSE_WORDS: Final = frozenset(_COURSE_TEXT.split())


@dataclass(frozen=True, slots=True)
class SkillText:
    """What a framework says of one skill: its labels as (language, kind, text), and its description."""

    iri: str
    labels: tuple[tuple[str, str, str], ...]
    description: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A skill that a course may be about. `share` is its score against that of the best one, 0 to 1.

    `words` are the title's own words that the skill's texts have, for the reader to judge by; empty where only pieces
    of words agree, or only the meaning is near.
    """

    iri: str
    share: float
    words: tuple[str, ...]


class Meanings(Protocol):
    """What a model knows of the skills of an index."""

    def nearest(self, texts: Sequence[str], most: int) -> Mapping[int, float]:
        """Return the `most` skills nearest to the middle of `texts`, by their number, with how near: above 0, at most 1."""


def words_of(text: str) -> list[str]:
    """Return the words of a text, case folded, in order; `C++` and `C#` are words."""
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return _WORD.findall(folded)[:_MOST_WORDS]


@lru_cache(maxsize=200_000)
def stem(word: str, lang: str) -> str:
    """Return the stem of a word, without accents; a language without stemmer leaves it as it is."""
    name = _STEMMERS.get(lang.partition("-")[0].lower())
    stemmed = _stemmer(name).stemWord(word) if name else word
    return _bare(stemmed)


@lru_cache(maxsize=16)
def _stemmer(name: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(name)


def _bare(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=100_000)
def _pieces(word: str) -> tuple[str, ...]:
    framed = f"^{_bare(word)}$"
    return tuple(framed[place : place + _PIECE] for place in range(max(1, len(framed) - _PIECE + 1)))


class _Index:
    """An inverted index of weighted terms with BM25 scores; documents are numbered in the order they are added."""

    def __init__(self) -> None:
        self._numbers: dict[str, array[int]] = {}
        self._weights: dict[str, array[float]] = {}
        self._lengths: array[float] = array("f")

    def add(self, terms: Mapping[str, float]) -> None:
        number = len(self._lengths)
        for term, weight in terms.items():
            if term not in self._numbers:
                self._numbers[term], self._weights[term] = array("i"), array("f")
            self._numbers[term].append(number)
            self._weights[term].append(weight)
        self._lengths.append(sum(terms.values()))

    def close(self) -> None:
        """Turn frequencies into scores: afterwards a query only adds."""
        count = len(self._lengths)
        mean = sum(self._lengths) / count if count else 1.0
        for term, numbers in self._numbers.items():
            rarity = math.log(1 + (count - len(numbers) + 0.5) / (len(numbers) + 0.5))
            weights = self._weights[term]
            for place, number in enumerate(numbers):
                frequency = weights[place]
                norm = _K1 * (1 - _B + _B * self._lengths[number] / mean)
                weights[place] = rarity * frequency * (_K1 + 1) / (frequency + norm)

    def score(self, term: str, weight: float, into: dict[int, float]) -> None:
        numbers = self._numbers.get(term)
        if numbers is not None:
            for number, own in zip(numbers, self._weights[term], strict=True):
                into[number] = into.get(number, 0.0) + weight * own

    def has(self, term: str) -> bool:
        return term in self._numbers


class SkillIndex:
    """Finds the skills that a course may be about. Built once for a release of the frameworks, then only read.

    About 13,700 skills with labels in two languages take a second or two to index, and 30 MB.
    """

    def __init__(
        self, texts: Iterable[SkillText], meanings: Callable[[Sequence[SkillText]], Meanings] | None = None
    ) -> None:
        """Index `texts`; `meanings` makes what the model knows of them, numbered as they stand."""
        texts = tuple(texts)
        self._meanings = None if meanings is None else meanings(texts)
        self._iris: list[str] = []
        self._words = _Index()
        self._pieces = _Index()
        languages: Counter[str] = Counter()
        for text in texts:
            self._iris.append(text.iri)
            words: defaultdict[str, float] = defaultdict(float)
            pieces: defaultdict[str, float] = defaultdict(float)
            for lang, kind, label in text.labels:
                languages[lang.partition("-")[0].lower()] += 1
                weight = _FIELDS.get(kind, 1.0)
                for word in words_of(label):
                    words[stem(word, lang)] += weight
                    for piece in _pieces(word):
                        pieces[piece] += weight
            for word in words_of(text.description):
                words[stem(word, "en")] += _FIELDS["description"]
            self._words.add(words)
            self._pieces.add(pieces)
        self._words.close()
        self._pieces.close()
        self._languages = tuple(languages)

    def __len__(self) -> int:
        return len(self._iris)

    def suggest(
        self, title: str, description: str = "", lang: str = "", limit: int = 5
    ) -> tuple[Suggestion, ...]:
        """Return the skills that fit best, best first; none where no word or piece agrees and no meaning is near.

        `lang` is the language tag of the course, "" where it is not known; words are looked up in every language that
        the labels have, because titles mix them.
        """
        title_words = [word for word in words_of(title) if word not in _COURSE_WORDS and not word.isdigit()]
        title_words = title_words or words_of(title)
        weights: dict[str, float] = {}
        for word in words_of(description):
            if word not in _COURSE_WORDS:
                weights[word] = _DESCRIPTION
        weights.update(dict.fromkeys(title_words, 1.0))
        by_word: dict[int, float] = {}
        for word, weight in weights.items():
            for form in self._forms(word, lang):
                self._words.score(form, weight, by_word)
        by_piece: dict[int, float] = {}
        for word in dict.fromkeys(title_words):
            if len(word) >= _PIECE:
                pieces = _pieces(word)
                for piece in pieces:
                    self._pieces.score(piece, 1 / math.sqrt(len(pieces)), by_piece)
        joined = self._joined(by_word, by_piece)
        if self._meanings is not None:
            title_text = " ".join(title_words)
            asked = [title_text]
            if description:
                asked.append(f"{title_text} {description[:_MOST_CHARACTERS]}")
            joined = _with_meaning(joined, self._meanings.nearest(asked, _MOST_NEAR))
        best = heapq.nlargest(limit, joined, key=lambda pair: (pair[1], -pair[0]))
        if not best:
            return ()
        top = best[0][1]
        return tuple(
            Suggestion(self._iris[number], score / top, self._shared(number, title_words, lang))
            for number, score in best
        )

    def _joined(self, by_word: Mapping[int, float], by_piece: Mapping[int, float]) -> list[tuple[int, float]]:
        word_top = max(by_word.values(), default=0.0) or 1.0
        piece_top = max(by_piece.values(), default=0.0) or 1.0
        share = _PIECES if by_word else 1.0
        return [
            (
                number,
                (1 - share) * by_word.get(number, 0.0) / word_top
                + share * by_piece.get(number, 0.0) / piece_top,
            )
            for number in {*by_word, *by_piece}
        ]

    def _forms(self, word: str, lang: str) -> tuple[str, ...]:
        languages = dict.fromkeys((*([lang] if lang else ()), *self._languages))
        return tuple(dict.fromkeys((*(stem(word, one) for one in languages), _bare(word))))

    def _shared(self, number: int, title_words: Sequence[str], lang: str) -> tuple[str, ...]:
        found: list[str] = []
        for word in dict.fromkeys(title_words):
            scores: dict[int, float] = {}
            for form in self._forms(word, lang):
                self._words.score(form, 1.0, scores)
            if number in scores:
                found.append(word)
        return tuple(found)


def _with_meaning(joined: Sequence[tuple[int, float]], near: Mapping[int, float]) -> list[tuple[int, float]]:
    """Return the scores of words with what is near in meaning, each counted against its best."""
    top = max((score for _, score in joined), default=0.0) or 1.0
    near_top = max(near.values(), default=0.0) or 1.0
    by_text = dict(joined)
    return [
        (
            number,
            (1 - _MEANING) * by_text.get(number, 0.0) / top + _MEANING * near.get(number, 0.0) / near_top,
        )
        for number in {*by_text, *near}
    ]
