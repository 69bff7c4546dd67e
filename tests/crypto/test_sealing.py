"""The private name by which the key of a box for clearing is read, and what it spares the first card."""

from __future__ import annotations

import subprocess
import sys

from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from edge.crypto.sealing import new_clearing_key
from tests.architecture.source_tree import ROOT


def test_the_private_name_reads_the_key_that_the_public_one_reads() -> None:
    _, public = new_clearing_key()
    assert openssl.x25519.from_public_bytes(public) == X25519PublicKey.from_public_bytes(public)


def test_the_first_card_after_a_start_waits_for_no_import() -> None:
    code = """
import sys
from edge.crypto.sealing import ClearingKey
loaded = set(sys.modules)
ClearingKey(1, bytes(31) + b"\\x09").seal(b"number")
sys.exit(str(set(sys.modules) - loaded or "") or None)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
