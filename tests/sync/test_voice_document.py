"""Voice clips as they are published: a document names files, and what is wrong with one refuses them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.crypto.tokens import TokenKey
from edge.domain.errors import ConfigError
from edge.domain.voice import CLIPS_BYTES_MAX, Voice, VoiceClip
from sync.central.publications import read_publication
from sync.value_forms import VOICE_KIND, decode_value
from tests.domain.sounds import wav

KEY = TokenKey(1, b"k" * 32)
CLIP = '[[clip]]\nprompts = ["accepted"]\nlanguage = "zh"\nfile = "{file}"\n'


def test_a_document_names_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav())
    publication = read_publication(CLIP.format(file=tmp_path / "a.wav"), KEY)
    assert (publication.kind, publication.name) == (VOICE_KIND, VOICE_KIND)
    assert decode_value(VOICE_KIND, publication.body) == Voice((VoiceClip(("accepted",), "zh", wav()),))


REFUSED = {
    "a key too many": ("loud = true\n", "CONFIG_KEY", "has the keys"),
    "a key elsewhere": ('[other]\nkind = "x"\n', "CONFIG_KEY", "only tables"),
    "a second clip of the prompt": (CLIP, "CONFIG_VALUE", "spoken twice"),
    "a prompt of no release": (CLIP.replace("accepted", "welcome"), "CONFIG_VALUE", "no prompt 'welcome'"),
    "prompts in one text": (CLIP.replace('["accepted"]', '"accepted"'), "CONFIG_VALUE", "list of texts"),
    "a file that is not there": (CLIP.replace("{file}", "{file}.gone"), "CONFIG_UNREADABLE", "No such file"),
}


@pytest.mark.parametrize(("more", "code", "why"), REFUSED.values(), ids=REFUSED)
def test_is_refused_with(tmp_path: Path, more: str, code: str, why: str) -> None:
    (tmp_path / "a.wav").write_bytes(wav())
    with pytest.raises(ConfigError, match=why) as found:
        read_publication((CLIP + more).format(file=tmp_path / "a.wav"), KEY)
    assert found.value.code == code


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "a.wav").open("wb") as file:
        file.truncate(50 * CLIPS_BYTES_MAX)
    with pytest.raises(ConfigError, match="clip 1: no WAV"):
        read_publication(CLIP.format(file=tmp_path / "a.wav"), KEY)
