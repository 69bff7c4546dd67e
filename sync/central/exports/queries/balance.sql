-- Every file sums to zero.
SELECT file_day, sum(fen)::BIGINT AS fen, count(*) AS lines FROM lines GROUP BY ALL ORDER BY ALL
