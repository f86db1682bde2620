"""Suggestions by meaning: an optional model that ships inside its package, so that nothing is ever downloaded.

A text's vector is the mean of its word pieces' vectors (static embeddings): it takes no accelerator, and a few
milliseconds for a title against the labels of a framework.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from lms_bridge.skills.suggestions import SkillText

PACKAGE: Final = "wordllama"
MISSING: Final = (
    f'suggestions: "meaning" needs the package {PACKAGE}, which is not installed; '
    "run make meanings, or pip install 'lms-bridge[meanings]'"
)


def is_installed() -> bool:
    """Tell whether the extra `meanings` is installed."""
    return find_spec(PACKAGE) is not None


class LabelMeanings:
    """The vectors of the labels of skills. About 38,000 labels take a second and a half, and 40 MB beside the model."""

    def __init__(self, texts: Sequence[SkillText]) -> None:
        """Embed every label of `texts`; a skill is as near as the nearest of its labels."""
        labels: list[str] = []
        begins: list[int] = []
        self._skills: list[int] = []
        for number, text in enumerate(texts):
            if text.labels:
                begins.append(len(labels))
                self._skills.append(number)
                labels += [label.casefold() for _, _, label in text.labels]
        self._begins = begins
        self._vectors = _directions(labels) if labels else None

    def nearest(self, texts: Sequence[str], most: int) -> Mapping[int, float]:
        """Return the skills nearest to the middle of `texts`, by number, with the cosine; only those above 0."""
        if self._vectors is None:
            return {}
        import numpy as np  # noqa: PLC0415 -- only here where the extra is installed

        middle = _directions([text.casefold() for text in texts]).mean(axis=0)
        length = float(np.linalg.norm(middle))
        if not length:
            return {}
        near = np.maximum.reduceat(self._vectors @ (middle / length), self._begins)
        places = np.argsort(-near, kind="stable")[:most]
        return {self._skills[place]: float(near[place]) for place in places if near[place] > 0}


def _directions(texts: list[str]) -> Any:
    """Return a row of length 1 for each text, or of zeros where it has no word piece."""
    import numpy as np  # noqa: PLC0415 -- only here where the extra is installed

    vectors = _model().embed(texts)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


@cache
def _model() -> Any:
    """Load the model from the files of its package."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    import wordllama  # noqa: PLC0415 -- only here where the extra is installed

    # It sets up the logging of the whole process when it is imported.
    root.handlers[:], root.level = handlers, level
    folder = Path(wordllama.__file__).parent
    # The package looks for its own tokenizer below the wrong name; as a cache the folder is read as it is.
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
