"""Whether a terminal has a loudspeaker: only then is anything of it loaded."""

from __future__ import annotations

from collections.abc import Mapping

from edge.config import TerminalConfig
from edge.domain.frozen import frozen
from edge.ports.voice import Loudspeaker


@frozen
class Speaking:
    """The loudspeaker of a terminal, and the WAV files of its tones by name."""

    loudspeaker: Loudspeaker
    tones: Mapping[str, bytes]


def no_voice(_config: TerminalConfig) -> Speaking | None:
    """Return no loudspeaker."""
    return None


def terminal_voice(config: TerminalConfig) -> Speaking | None:
    """Return the loudspeaker; None where the configuration names none."""
    section = config.voice
    if not section.device:
        return None
    from drivers.signals.tones import tones  # noqa: PLC0415 - a silent terminal loads none
    from drivers.signals.voice import AlsaVoice, VoiceSettings  # noqa: PLC0415 - as above

    return Speaking(AlsaVoice(VoiceSettings(section.player, section.device)), tones() if section.tones else {})
