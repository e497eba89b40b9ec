-- The statements about queues' gates and about permits, by name.

-- name: gates
SELECT name, paused, is_paused_in_file, is_held, concurrency, rate_count, rate_period, tokens, filled_at FROM queues;

-- name: forget_gates
DELETE FROM queues;

-- name: put_gate
INSERT OR REPLACE INTO queues (
    name, paused, is_paused_in_file, is_held, concurrency, rate_count, rate_period, tokens, filled_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: running
SELECT COUNT(*) FROM jobs WHERE state = 'running' AND queue = ?;

-- name: waiting_at
SELECT CASE
    WHEN EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' AND queue = :queue) THEN 0.0
    ELSE (SELECT MIN(rank) FROM jobs WHERE state = 'delayed' AND queue = :queue)
END;

-- name: forget_expired
DELETE FROM permits WHERE expires <= ?;

-- name: others
SELECT COUNT(*) FROM permits WHERE key = ? AND owner <> ?;

-- name: put_permit
INSERT OR REPLACE INTO permits (key, owner, expires) VALUES (?, ?, ?);

-- name: permits
SELECT expires FROM permits WHERE key = ? AND expires > ? ORDER BY expires;

-- name: release_all
DELETE FROM permits WHERE owner = ?;

-- name: forget_full
DELETE FROM buckets WHERE full_at <= ?;

-- name: bucket
SELECT tokens, filled_at FROM buckets WHERE key = ?;

-- name: put_bucket
INSERT OR REPLACE INTO buckets (key, tokens, filled_at, full_at) VALUES (?, ?, ?, ?);
