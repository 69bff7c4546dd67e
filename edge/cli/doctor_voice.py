"""The doctor's look at the loudspeaker: never a fault, for taps go on in silence."""

from __future__ import annotations

import grp
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from edge.cli.doctor_report import Finding, fine, warn
from edge.config import TerminalConfig
from edge.config_voice import VoiceSection

SOUND_DEVICES: Final = Path("/dev/snd")
CHECK: Final = "voice"


def check_voice(
    config: TerminalConfig, counters: Mapping[str, float], *, devices: Path = SOUND_DEVICES
) -> Iterator[Finding]:
    """Check player and sound card where the configuration has a voice; ``counters`` are the running terminal's."""
    section = config.voice
    if not section.device:
        return
    if shutil.which(section.player) is None:
        cure = "apt-get install alsa-utils, or mend voice.player"
        yield warn(CHECK, f"{section.player}: no such program, or it may not be run", cure)
    elif counters.get("failures", 0):
        yield warn(CHECK, _told(section, counters), "play a file by hand: aplay -D " + section.device)
    elif counters:
        yield fine(CHECK, _told(section, counters))
    else:
        yield from _sound_cards(section, devices)


def _told(section: VoiceSection, counters: Mapping[str, float]) -> str:
    names = {"frames": "sounded", "cut": "broken off by the next", "failures": "failed"}
    return f"{section.device}: " + ", ".join(f"{counters.get(name, 0):g} {word}" for name, word in names.items())


def _sound_cards(section: VoiceSection, devices: Path) -> Iterator[Finding]:
    """Look for a card that plays, as ALSA names its device files, and whether this user may open one."""
    outputs = sorted(devices.glob("pcmC*D*p"))
    if not outputs:
        yield warn(CHECK, f"{devices}: no sound card plays here", "plug it in; `aplay -l` lists the cards")
    elif not any(os.access(output, os.W_OK) for output in outputs):
        cure = f"add the service user to the group {grp.getgrgid(outputs[0].stat().st_gid).gr_name}"
        yield warn(CHECK, f"{outputs[0]}: no permission", cure + ", and let the unit open it: see systemd/README.md")
    else:
        yield fine(CHECK, f"{section.device}: {section.player}, {len(outputs)} outputs")
