-- Every statement of the driver, by name. States are written out, because a partial index is used only
-- where the query repeats its condition word for word.

-- name: push
INSERT INTO jobs (
    id, name, queue, payload, priority, available_at, state, created_at, fail_on_timeout,
    tries, backoff, timeout, cause, max_exceptions, retry_until, unique_key, unique_until, meta
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING;

-- name: identity
SELECT name, queue, payload FROM jobs WHERE id = ?;

-- name: unique
SELECT id FROM jobs WHERE unique_key = ? AND unique_until > ? LIMIT 1;

-- name: promote
UPDATE jobs SET state = 'ready' WHERE state = 'delayed' AND queue = :queue AND available_at <= :now;

-- name: claim
-- A token never repeats, not even when a job is forgotten and its id comes back: it is at least the time in ms.
UPDATE jobs
SET state = 'running', worker = :worker, token = MAX(token + 1, CAST(:now * 1000 AS INTEGER)),
    attempts = attempts + 1, started_at = :now, progress = NULL, progress_note = ''
WHERE seq IN (
    SELECT seq FROM jobs
    WHERE state = 'ready' AND queue = :queue AND NOT EXISTS (SELECT 1 FROM paused_queues WHERE name = :queue)
    ORDER BY priority DESC, seq
    LIMIT :limit
)
RETURNING {columns};

-- name: ack
UPDATE jobs
SET state = 'success', finished_at = :now, result = :result, error = '', traceback = ''
WHERE id = :job_id AND token = :token AND state = 'running';

-- name: release
UPDATE jobs
SET state = CASE WHEN cancel_requested THEN 'cancelled' WHEN :at > :now THEN 'delayed' ELSE 'ready' END,
    finished_at = CASE WHEN cancel_requested THEN :now END,
    available_at = MAX(:at, :now),
    attempts = attempts - :give_back,
    exceptions = exceptions + :exception,
    error = CASE WHEN :error = '' THEN error ELSE :error END,
    traceback = CASE WHEN :error = '' THEN traceback ELSE :traceback END
WHERE id = :job_id AND token = :token AND state = 'running';

-- name: finish
UPDATE jobs
SET state = :outcome, finished_at = :now, exceptions = exceptions + :exception,
    error = :error, traceback = :traceback
WHERE id = :job_id AND token = :token AND state = 'running';

-- name: claims_of
SELECT {columns} FROM jobs WHERE state = 'running' AND worker = ? ORDER BY seq;

-- name: workers
SELECT DISTINCT worker FROM jobs WHERE state = 'running' ORDER BY worker;

-- name: set_progress
UPDATE jobs SET progress = :progress, progress_note = :note
WHERE id = :job_id AND token = :token AND state = 'running';

-- name: request_cancel
UPDATE jobs
SET cancel_requested = 1,
    finished_at = CASE WHEN state = 'running' THEN NULL ELSE :now END,
    state = CASE WHEN state = 'running' THEN 'running' ELSE 'cancelled' END
WHERE id = :job_id AND state IN ('ready', 'delayed', 'running');

-- name: find
SELECT {columns} FROM jobs WHERE id = ?;

-- name: retry
UPDATE jobs
SET state = 'ready', available_at = :now, finished_at = NULL, attempts = 0, exceptions = 0,
    cancel_requested = 0, retry_until = NULL, progress = NULL, progress_note = ''
WHERE id = :job_id AND state IN ('cancelled', 'crashed', 'failed', 'lost', 'oom', 'timeout');

-- name: prune
DELETE FROM jobs WHERE state IN ('cancelled', 'success') AND finished_at < ?;

-- name: pause
INSERT OR IGNORE INTO paused_queues (name) VALUES (?);

-- name: resume
DELETE FROM paused_queues WHERE name = ?;

-- name: paused
SELECT name FROM paused_queues;

-- name: counts
SELECT 'ready', queue, COUNT(*), MIN(available_at) FROM jobs WHERE state = 'ready' GROUP BY queue
UNION ALL
SELECT 'delayed', queue, COUNT(*), NULL FROM jobs WHERE state = 'delayed' GROUP BY queue
UNION ALL
SELECT 'running', queue, COUNT(*), NULL FROM jobs WHERE state = 'running' GROUP BY queue
UNION ALL
SELECT 'failed', queue, COUNT(*), NULL FROM jobs
WHERE state IN ('crashed', 'failed', 'lost', 'oom', 'timeout') GROUP BY queue;

-- name: next_due
SELECT MIN(available_at) FROM jobs
WHERE state = 'delayed' AND queue = :queue AND NOT EXISTS (SELECT 1 FROM paused_queues WHERE name = :queue);
