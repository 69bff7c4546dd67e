"""The line of announcers, keypads and satellite receivers: sentences as they come, and bodies soundly framed."""

from __future__ import annotations

from typing import Final

from drivers.framing import NEED_DATA
from drivers.place.sentences import SENTENCE_MAX, SentenceCodec, checksum
from edge.domain.duty import LABEL_MAX, Move
from edge.domain.stops import LATITUDE_UDEG_MAX, LONGITUDE_UDEG_MAX, Fix
from tests.fuzz.target import Target

SEEDS: Final = (
    b"\x04$PBUSN,1042,B17,K5,up*62\r\n$PBUSS,03*68\r\n",
    b"\x84PBUSN,1042,B17,K5,up\nPBUSK,pay_for,3\nPBUSF",
    b"\x90GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,\nGNRMC,,A,9000,N,18000,E,,,,,",
    b"\xa0GPRMC,,V,,,,,,,,\nBDRMC,1,A,3605.88,S,12021.42,W,,,,,,A",
)


def feed_line(taken: bytes) -> None:
    """Give the bytes in pieces; a first byte with its high bit puts each line under a checksum of its own."""
    first, stream = taken[:1] or b"\0", taken[1:]
    if first[0] >= 0x80:
        stream = b"".join(b"$%s*%02X\r\n" % (body, checksum(body)) for body in stream.split(b"\n"))
    codec, size = SentenceCodec(), first[0] % 0x40 + 1
    for at in range(0, len(stream), size):
        codec.receive_data(stream[at : at + size])
        while (event := codec.next_event()) is not NEED_DATA:
            if isinstance(event, Fix):
                assert abs(event.latitude_udeg) <= LATITUDE_UDEG_MAX
                assert abs(event.longitude_udeg) <= LONGITUDE_UDEG_MAX
            elif isinstance(event, Move):
                assert max(map(len, (event.driver, event.vehicle, event.line, event.station))) <= LABEL_MAX
    assert len(codec._pending) <= SENTENCE_MAX + size, "noise without end takes memory"  # noqa: SLF001 - what it keeps


TARGETS: Final = (Target("place", feed_line, SEEDS),)
