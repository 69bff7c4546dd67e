-- What each party owes (above zero) or is owed, by file, and how much of it came late.
SELECT file_day, account, party, sum(fen)::BIGINT AS fen, sum(fen) FILTER (WHERE late = 1)::BIGINT AS late_fen, count(*) AS lines
FROM lines GROUP BY ALL ORDER BY ALL
