-- What the centre decided beyond what terminals said, by reason.
SELECT file_day, reason, account, party, sum(fen)::BIGINT AS fen, count(*) AS lines
FROM lines WHERE reason <> '' GROUP BY ALL ORDER BY ALL
