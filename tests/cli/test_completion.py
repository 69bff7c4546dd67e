"""Shell completion, tried in a real bash: commands, actions, options, and the words of an option."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from edge.cli.completion_command import whole_parser
from edge.cli.main import main

pytestmark = pytest.mark.line  # some seconds of the processor: the quick half stays quick

ASKED: Final = {
    "a command by its beginning": ("onecard tari", {"tariff"}),
    "an action of a command": ("onecard lists ", {"check", "rollback", "return"}),
    "an option": ("onecard status --j", {"--json"}),
    "the words of an option": ("onecard technician pass bus-7 --work ", {"service", "wipe"}),
    "a word that must be one of some": ("onecard courier ", {"export", "import"}),
}
TRY: Final = """
source "$1"
COMP_LINE="$2"; COMP_POINT=${#COMP_LINE}
read -ra COMP_WORDS <<< "$COMP_LINE"
[[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
$(complete -p onecard | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    command = [sys.executable, "-m", "edge.cli.main", "completion", "bash"]
    printed = subprocess.run(command, capture_output=True, check=True, text=True)
    file = tmp_path_factory.mktemp("completion") / "onecard.bash"
    file.write_text(printed.stdout, "utf-8")
    return file


@pytest.mark.parametrize("case", list(ASKED))
def test_bash_completes(script: Path, case: str) -> None:
    typed, wanted = ASKED[case]
    command = ["bash", "--norc", "-c", TRY, "try", str(script), typed]
    ran = subprocess.run(command, capture_output=True, check=True, text=True)
    assert wanted <= {word.strip() for word in ran.stdout.split()}


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_are_served_too(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "tariff" in capsys.readouterr().out


def unexplained(parser: argparse.ArgumentParser, called: str = "onecard") -> Iterator[str]:
    """Yield every argument that `--help` names without a word on what it is for."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - nor for this
            for name, below in action.choices.items():
                yield from unexplained(below, f"{called} {name}")
        elif action.help is None:
            yield f"{called}: {action.dest}"


def test_every_argument_of_every_command_says_what_it_is_for() -> None:
    assert [told for told in unexplained(whole_parser()) if not told.startswith("onecard central ")] == []
