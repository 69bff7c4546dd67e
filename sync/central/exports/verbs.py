"""What commands ask of the centre to write files of closed days, and to take answers back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial

from sync.central.books.verbs import plain_closing
from sync.central.exports.results import RESULT_COLUMNS, Refusing, answers_of, take_in
from sync.central.exports.rows import bucket_rows_work, pieces_work, site_work, terminal_rows_work
from sync.central.exports.sealed import journals_work, sealed_work
from sync.central.exports.taps import taps_work
from sync.central.tables import named_rows
from sync.central.verb import Arguments, Verb


class FileVerbs:
    """The verbs on one centre's closed days."""

    def __init__(self, centre: Refusing) -> None:
        self._centre = centre
        self._books = centre.bookkeeping

    def verbs(self) -> Mapping[str, Verb]:
        """Return verb -> coroutine."""
        return {
            "files.pieces": self.pieces,
            "files.terminal": self.terminal,
            "files.bucket": self.bucket,
            "files.site": self.site,
            "files.taps": self.taps,
            "files.journals": self.journals,
            "files.sealed": self.sealed,
            "results": self.results,
        }

    async def pieces(self, arguments: Arguments) -> dict[str, object]:
        """Return the closing of a ``day``, and by which terminals and buckets its rows are read."""
        closing, terminals, buckets = await self._books.look(partial(pieces_work, int(arguments["day"])))
        return {"closing": plain_closing(closing), "terminals": list(terminals), "buckets": list(buckets)}

    async def terminal(self, arguments: Arguments) -> dict[str, object]:
        """Return the rows of a ``terminal`` in the file of a ``day``."""
        work = partial(terminal_rows_work, int(arguments["day"]), str(arguments["terminal"]))
        return {"rows": await self._books.look(work)}

    async def bucket(self, arguments: Arguments) -> dict[str, object]:
        """Return the rows of a ``bucket`` of tokens in the file of a ``day``."""
        work = partial(bucket_rows_work, int(arguments["day"]), int(arguments["bucket"]))
        return {"rows": await self._books.look(work)}

    async def site(self, arguments: Arguments) -> dict[str, object]:
        """Return what a ``terminal`` comes to in the file of a ``day``, by account."""
        work = partial(site_work, int(arguments["day"]), str(arguments["terminal"]))
        return {"accounts": await self._books.look(work)}

    async def taps(self, arguments: Arguments) -> dict[str, object]:
        """Return the taps that ``entries`` ([terminal, epoch, seq] each) belong to, with what proves them (base64)."""
        asked = [(str(terminal), int(epoch), int(seq)) for terminal, epoch, seq in arguments["entries"]]
        found = await self._books.look(partial(taps_work, asked))
        return {"taps": [[base64.b64encode(raw).decode("ascii") for raw in pair] for pair in found]}

    async def journals(self, _arguments: Arguments) -> dict[str, object]:
        """Return every journal that the books have begun."""
        return {"journals": [list(journal) for journal in await self._books.look(journals_work)]}

    async def sealed(self, arguments: Arguments) -> dict[str, object]:
        """Count the next taps of a journal, ``after`` a number, by clearing key; ``seq`` is the last, 0 at the end."""
        asked = (str(arguments["terminal"]), int(arguments["epoch"]), int(arguments["after"]))
        seq, counts = await self._books.look(partial(sealed_work, *asked))
        return {"seq": seq, "taps": {str(version): count for version, count in counts.items()}}

    async def results(self, arguments: Arguments) -> dict[str, object]:
        """Take in the CSV ``table`` of what acquirers and issuers answered."""
        return await take_in(self._centre, answers_of(named_rows(arguments["table"], RESULT_COLUMNS)))
