"""Prompts: every one that can be shown has built-in texts, and the edition's texts stand in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain.prompts import COLUMNS_MAX, KEYS, LANGUAGES, Prompts, PromptText, columns, unfit
from edge.ports import Signal
from edge.store.reference import FileReference
from edge.terminal.events import Broadcast
from edge.terminal.prompts import load_prompts
from edge.terminal.prompts_in_force import PromptsInForce
from sync.value_forms import PROMPTS_KIND, encode_value
from tests.store.editions import CENTRE, artifact, deny, tariff, write_edition
from tests.store.held_values import HeldValues


def test_every_prompt_has_texts_that_fit_in_every_language() -> None:
    built_in = load_prompts()
    assert set(built_in) == KEYS
    for key, texts in built_in.items():
        assert tuple(texts) == LANGUAGES, key
        assert [unfit(text, COLUMNS_MAX) for text in texts.values()] == ["", ""], key


@pytest.mark.parametrize(
    ("text", "wide"),
    [("Yes", 3), ("请通行", 6), ("（1）", 5), ("e\u0301", 1)],
    ids=["latin", "chinese", "mixed", "joined"],
)
def test_a_chinese_character_takes_two_columns(text: str, wide: int) -> None:
    assert columns(text) == wide


def test_a_missing_text_is_the_built_in_one() -> None:
    values = HeldValues(Prompts((PromptText("accepted", "zh", "请通行"),)))
    prompts = PromptsInForce(load_prompts(), values)
    assert prompts["accepted"] == {"zh": "请通行", "en": "Accepted"}
    assert prompts["passback"] == load_prompts()["passback"]
    assert len(prompts) == len(list(prompts)) == len(KEYS)
    values.held = ()
    assert prompts["accepted"] == load_prompts()["accepted"]


def test_a_prompt_of_a_later_release_is_carried_and_not_shown() -> None:
    later = Prompts((PromptText("welcome", "zh", "欢迎"), PromptText("accepted", "zh", "请通行")))
    prompts = PromptsInForce(load_prompts(), HeldValues(later))
    assert (later.not_shown(), "welcome" in prompts, prompts["accepted"]["zh"]) == (["welcome"], False, "请通行")


def test_signals_show_the_texts_of_the_edition_in_force(tmp_path: Path) -> None:
    with FileReference(tmp_path / "editions", CENTRE.public) as reference:
        broadcast = Broadcast(PromptsInForce(load_prompts(), reference))
        queue = broadcast.listen()
        shown = []
        for number, words in enumerate(("", "欢迎", "请通行"), 1):
            files = [("tariff", number, tariff(number)), ("deny_list", number, deny(number))]
            if words:
                body = encode_value(Prompts((PromptText("accepted", "zh", words),)))
                files.append((PROMPTS_KIND, number, artifact(PROMPTS_KIND, number, body)))
            reference.install(write_edition(tmp_path, number, files))
            broadcast.show(Signal("green", "accepted", "accepted"))
            shown.append(queue.get_nowait()["text"]["zh"])
    assert shown == ["刷卡成功", "欢迎", "请通行"]
