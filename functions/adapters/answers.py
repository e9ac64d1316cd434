"""The checks' questions, asked so that each kind takes as few calls as AWS allows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.model.errors import AwsUnavailable
from domain.model.questions import Answers, CouldNotAsk, Question

Ask = Callable[[Sequence[Any]], Mapping[Any, Any]]
"""Answers questions of one kind, all or none (AwsUnavailable), or some with a CouldNotAsk each."""


def ask(questions: Sequence[Question[Any]], by_kind: Mapping[type, Ask]) -> Answers:
    """Return all answers; where a kind could not be asked, each of its questions says why."""
    found: dict[Question[Any], Any] = {}
    for kind, answer in by_kind.items():
        asked = [question for question in questions if isinstance(question, kind)]
        if not asked:
            continue
        try:
            found |= answer(asked)
        except AwsUnavailable as reason:
            found |= dict.fromkeys(asked, CouldNotAsk(str(reason)))
    return Answers(found)
