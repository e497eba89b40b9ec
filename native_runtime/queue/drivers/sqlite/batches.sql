-- Every statement about batches, by name. NOT INDEXED lets a search in a batch go by the numbers of its jobs.

-- name: add_batch
INSERT INTO batches (id, name, plan, total, first, last, created_at) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: running_batches
SELECT seq FROM batches WHERE status = 'running';

-- name: is_any_running
SELECT 1 FROM batches WHERE status = 'running' LIMIT 1;

-- name: next_running
-- Batches do not overlap, so this one holds the job of that number, or none does and its first is the next to look for.
SELECT seq, first, last FROM batches WHERE status = 'running' AND last >= ? ORDER BY last LIMIT 1;

-- name: batch
SELECT seq, id, plan, total, first, last, is_cancelled, is_caught, has_then, has_finally, created_at
FROM batches WHERE seq = ?;

-- name: number_of_batch
SELECT seq FROM batches WHERE id = ?;

-- name: has_open
-- From the last one backwards: where jobs end in their order, the first look finds one.
SELECT 1 FROM jobs NOT INDEXED
WHERE seq BETWEEN :first AND :last AND state IN ('ready', 'delayed', 'running') ORDER BY seq DESC LIMIT 1;

-- name: first_failed
SELECT {all} FROM jobs NOT INDEXED
WHERE seq BETWEEN :first AND :last AND state IN ('crashed', 'failed', 'lost', 'oom', 'timeout')
ORDER BY finished_at, seq LIMIT 1;

-- name: results
SELECT seq, result FROM jobs NOT INDEXED WHERE seq BETWEEN :first AND :last AND state = 'success';

-- name: caught
UPDATE batches SET is_caught = 1 WHERE seq = ?;

-- name: end_batch
UPDATE batches SET status = :status, ended_at = :now, has_then = :has_then, has_finally = :has_finally
WHERE seq = :seq;

-- name: cancel_batch
UPDATE batches SET is_cancelled = 1 WHERE seq = ?;

-- name: cancel_jobs
UPDATE jobs NOT INDEXED
SET cancel_requested = 1,
    rank = CASE WHEN state = 'running' THEN rank ELSE :now END,
    finished_at = CASE WHEN state = 'running' THEN NULL ELSE :now END,
    state = CASE WHEN state = 'running' THEN 'running' ELSE 'cancelled' END
WHERE seq BETWEEN :first AND :last AND state IN ('ready', 'delayed', 'running');

-- name: cancellable
SELECT seq, state = 'running' FROM jobs NOT INDEXED
WHERE seq BETWEEN :first AND :last AND state IN ('ready', 'delayed', 'running') ORDER BY seq;

-- name: reopen_batch
-- Ranges do not overlap, so only the one that begins last before the job can hold it.
UPDATE batches SET status = 'running', ended_at = NULL, is_cancelled = 0
WHERE seq = (SELECT seq FROM batches WHERE first <= :number ORDER BY first DESC LIMIT 1) AND last >= :number;

-- name: batch_of_id
SELECT id, name, total, first, last, status, created_at, ended_at, plan FROM batches WHERE id = ?;

-- name: newest_batches
SELECT id, name, total, first, last, status, created_at, ended_at, plan FROM batches
ORDER BY seq DESC LIMIT ? OFFSET ?;

-- name: count_batches
SELECT COUNT(*) FROM batches;

-- name: states_in_batch
SELECT state, COUNT(*) FROM jobs NOT INDEXED WHERE seq BETWEEN :first AND :last GROUP BY state;

-- name: jobs_in_batch
SELECT {all} FROM jobs NOT INDEXED WHERE seq BETWEEN :first AND :last ORDER BY seq;

-- name: page_of_cancelled
-- Those that are as they were when they were cancelled; somebody may have retried others since.
SELECT {all} FROM jobs
WHERE seq IN (SELECT value FROM json_each(?)) AND cancel_requested AND state IN ('running', 'cancelled') ORDER BY seq;

-- name: prune_batches
DELETE FROM batches WHERE ended_at < ?;
