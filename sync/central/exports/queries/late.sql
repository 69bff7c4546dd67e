-- What came after the file of its own day, by file and day.
SELECT file_day, day, reference, account, party, fen FROM lines WHERE late = 1 ORDER BY ALL
