-- Every statement of the driver, by name.
--
-- A lane is a state of a queue. The rank orders it: ready jobs by falling priority, delayed ones by when they are
-- due, finished ones by when they ended; whoever changes a state changes the rank.

-- name: push
INSERT INTO jobs (state, queue, rank, name, payload, priority, available_at, created_at, terms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: push_named
INSERT INTO jobs (
    state, queue, rank, name, payload, priority, available_at, created_at, terms, id, unique_key, unique_until
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) WHERE id IS NOT NULL DO NOTHING;

-- name: identity
SELECT name, payload FROM jobs WHERE id = ?;

-- name: unique
SELECT seq, id FROM jobs WHERE unique_key = ? AND unique_until > ? ORDER BY seq LIMIT 1;

-- name: chosen
SELECT seq FROM jobs WHERE id = ?;

-- name: given
SELECT seq FROM jobs WHERE seq = ? AND id IS NULL;

-- name: promote
UPDATE jobs SET state = 'ready', rank = -priority
WHERE seq IN (SELECT seq FROM jobs WHERE state = 'delayed' AND queue = :queue AND rank <= :now LIMIT :most);

-- name: claim
-- A token never repeats, not even when a job is forgotten and its id comes back.
UPDATE jobs
SET state = 'running', rank = 0, worker = :worker, token = MAX(token, (SELECT highest_token FROM forgotten)) + 1,
    attempts = attempts + 1, started_at = :now, progress = NULL, progress_note = ''
WHERE seq IN (
    SELECT seq FROM jobs
    WHERE state = 'ready' AND queue = :queue
    ORDER BY rank, seq
    LIMIT :limit
)
RETURNING {claimed};

-- name: ack
UPDATE jobs
SET state = 'success', rank = ?, finished_at = ?, result = ?, error = '', traceback = ''
WHERE seq = ? AND token = ? AND state = 'running';

-- name: release
UPDATE jobs
SET state = CASE WHEN cancel_requested THEN 'cancelled' WHEN :at > :now THEN 'delayed' ELSE 'ready' END,
    rank = CASE WHEN cancel_requested THEN :now WHEN :at > :now THEN :at ELSE -priority END,
    finished_at = CASE WHEN cancel_requested THEN :now END,
    available_at = MAX(:at, :now),
    attempts = attempts - :give_back,
    exceptions = exceptions + :exception,
    error = CASE WHEN :error = '' THEN error ELSE :error END,
    traceback = CASE WHEN :error = '' THEN traceback ELSE :traceback END
WHERE seq = :seq AND token = :token AND state = 'running'
RETURNING state;

-- name: finish
UPDATE jobs
SET state = :outcome, rank = :now, finished_at = :now, exceptions = exceptions + :exception,
    error = :error, traceback = :traceback
WHERE seq = :seq AND token = :token AND state = 'running';

-- name: claims_of
SELECT {claimed} FROM jobs WHERE state = 'running' AND worker = ? ORDER BY seq;

-- name: workers
SELECT DISTINCT worker FROM jobs WHERE state = 'running' ORDER BY worker;

-- name: set_progress
UPDATE jobs SET progress = :progress, progress_note = :note
WHERE seq = :seq AND token = :token AND state = 'running';

-- name: request_cancel
UPDATE jobs
SET cancel_requested = 1,
    rank = CASE WHEN state = 'running' THEN rank ELSE :now END,
    finished_at = CASE WHEN state = 'running' THEN NULL ELSE :now END,
    state = CASE WHEN state = 'running' THEN 'running' ELSE 'cancelled' END
WHERE seq = :seq AND state IN ('ready', 'delayed', 'running');

-- name: find
SELECT {all} FROM jobs WHERE seq = ?;

-- name: retry
UPDATE jobs
SET state = 'ready', rank = -priority, available_at = :now, finished_at = NULL, attempts = 0, exceptions = 0,
    cancel_requested = 0, progress = NULL, progress_note = '',
    terms = CASE WHEN terms IS NOT NULL THEN json_set(terms, '$[5]', NULL) END -- retry_until
WHERE seq = :seq AND state IN ('cancelled', 'crashed', 'failed', 'lost', 'oom', 'timeout');

-- name: queues_of
-- The queues of a state, by leaps through the index: as quick with a million jobs as with one.
WITH RECURSIVE lanes (queue) AS (
    SELECT MIN(queue) FROM jobs WHERE state = :state
    UNION ALL
    SELECT (SELECT MIN(queue) FROM jobs WHERE state = :state AND queue > lanes.queue) FROM lanes
    WHERE lanes.queue IS NOT NULL
)
SELECT queue FROM lanes WHERE queue IS NOT NULL;

-- name: prune
-- The jobs of a batch stay as long as their batch does.
DELETE FROM jobs
WHERE state = :state AND queue = :queue AND rank < :finished_before
    AND seq > IFNULL((SELECT last FROM batches WHERE first <= jobs.seq ORDER BY first DESC LIMIT 1), 0);

-- name: counts
SELECT state, queue, COUNT(*), CASE state WHEN 'ready' THEN MIN(available_at) END FROM jobs
WHERE state IN ('crashed', 'delayed', 'failed', 'lost', 'oom', 'ready', 'running', 'timeout')
GROUP BY state, queue;

-- name: next_due
SELECT MIN(rank) FROM jobs WHERE state = 'delayed' AND queue = :queue;

-- name: claimable
SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE state = 'ready' AND queue = :queue LIMIT :most))
    + (SELECT COUNT(*) FROM (
        SELECT 1 FROM jobs WHERE state = 'delayed' AND queue = :queue AND rank <= :now LIMIT :most
    ));
