"""What a passenger reads now: the built-in prompts, and the centre's texts of the edition in force in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edge.domain.prompts import Prompts
from edge.ports import Values
from edge.terminal.prompts import Texts


class PromptsInForce(Mapping[str, Texts]):
    """The built-in prompts with the centre's texts of the edition in force in their places; they change with it."""

    def __init__(self, built_in: Mapping[str, Texts], values: Values) -> None:
        self._built_in = built_in
        self._values = values
        self._laid: Prompts | None = None
        self._texts = built_in

    def __getitem__(self, key: str) -> Texts:
        return self._now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> Mapping[str, Texts]:
        laid = self._values.value(Prompts)
        if laid is not self._laid:
            over = overlay_of(laid)
            self._texts = {key: {**texts, **over.get(key, {})} for key, texts in self._built_in.items()}
            self._laid = laid
        return self._texts


def overlay_of(prompts: Prompts | None) -> Mapping[str, Texts]:
    """Return texts by key and language."""
    over: dict[str, dict[str, str]] = {}
    for text in () if prompts is None else prompts.texts:
        over.setdefault(text.key, {})[text.language] = text.text
    return over
