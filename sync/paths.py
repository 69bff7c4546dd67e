"""Where things are on the wire between terminal and centre: paths and content types, shared by both ends."""

from __future__ import annotations

from typing import Final

BATCH_TYPE: Final = "application/vnd.onecard.batch+gzip"
ACK_TYPE: Final = "application/vnd.onecard.ack+msgpack"
KIT_TYPE: Final = "application/vnd.onecard.kit+msgpack"
ARTIFACT_TYPE: Final = "application/vnd.onecard.artifact+msgpack"
PART_TYPE: Final = "application/vnd.onecard.part"
GRANT_TYPE: Final = "application/vnd.onecard.grant+msgpack"
TIME_TYPE: Final = "application/vnd.onecard.time+msgpack"
REQUEST_TYPE: Final = "application/x-pem-file"
CHAIN_TYPE: Final = "application/pem-certificate-chain"
KEYS_TYPE: Final = "application/vnd.onecard.keys+msgpack"

ENROL_PATH: Final = "/v1/enrol"
GRANTS_PATH: Final = "/v1/grants"
MANIFEST_PATH: Final = "/v1/lists/edition/manifest"
SEGMENTS_PATH: Final = "/v1/lists/edition/segments/"
TIME_PATH: Final = "/v1/time/"
CERTIFICATES_PATH: Final = "/v1/certificates"
KEYS_PATH: Final = "/v1/keys"


def batches_path(terminal: str) -> str:
    """Return the path that takes a terminal's batches; its name needs no quoting."""
    return f"/v1/terminals/{terminal}/batches"


def manifest_path(terminal: str = "", wait_s: int = 0) -> str:
    """Return the path of the newest edition's manifest for a terminal (empty: for everybody).

    With ``wait_s`` the centre answers once there is a newer one than was named, or after so many seconds.
    """
    asked = [f"terminal={terminal}"] if terminal else []
    asked += [f"wait_s={wait_s}"] if wait_s else []
    return "?".join([MANIFEST_PATH, *(["&".join(asked)] if asked else [])])


def time_path(nonce: str, terminal: str = "") -> str:
    """Return the path at which the centre signs its time for a nonce in hexadecimal."""
    return TIME_PATH + nonce + (f"?terminal={terminal}" if terminal else "")


def segment_path(sha256: bytes) -> str:
    """Return the path of an artifact file or of a part of a list, for ever the same bytes."""
    return SEGMENTS_PATH + sha256.hex()
