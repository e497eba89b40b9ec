-- Automatic jobs are named by their number; what few jobs have lies in one column; one index serves all states.

ALTER TABLE jobs RENAME TO jobs_of_version_1;

DROP INDEX jobs_ready;
DROP INDEX jobs_delayed;
DROP INDEX jobs_running;
DROP INDEX jobs_failed;
DROP INDEX jobs_finished;
DROP INDEX jobs_unique;

CREATE TABLE jobs (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival; never given twice
    state            TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    rank             REAL    NOT NULL, -- its place in its lane (state and queue): see the statements
    name             TEXT    NOT NULL,
    payload          BLOB    NOT NULL,
    priority         INTEGER NOT NULL,
    available_at     REAL    NOT NULL, -- since when it is ready, or when it will be
    created_at       REAL    NOT NULL,
    terms            TEXT, -- JSON of what holds for it; NULL where nothing but the worker's settings does
    id               TEXT, -- NULL unless somebody chose one
    unique_key       TEXT,
    unique_until     REAL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    exceptions       INTEGER NOT NULL DEFAULT 0,
    token            INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    started_at       REAL,
    finished_at      REAL,
    worker           TEXT,
    progress         REAL,
    progress_note    TEXT    NOT NULL DEFAULT '',
    result           BLOB,
    error            TEXT    NOT NULL DEFAULT '',
    traceback        TEXT    NOT NULL DEFAULT ''
);

INSERT INTO jobs (
    seq, state, queue, rank, name, payload, priority, available_at, created_at, terms, id, unique_key, unique_until,
    attempts, exceptions, token, cancel_requested, started_at, finished_at, worker, progress, progress_note, result,
    error, traceback
)
SELECT
    seq, state, queue,
    CASE state WHEN 'ready' THEN -priority WHEN 'delayed' THEN available_at WHEN 'running' THEN 0 ELSE finished_at END,
    name, payload, priority, available_at, created_at,
    json_array(
        tries, json(backoff), timeout, json(COALESCE(cause, '[]')), max_exceptions,
        json(CASE WHEN retry_until IS NOT NULL THEN PRINTF('%!.17g', retry_until) END), -- to the last bit
        json(CASE WHEN fail_on_timeout THEN 'true' ELSE 'false' END), COALESCE(CAST(meta AS TEXT), '')
    ),
    -- j and a number now belongs to the jobs for which nobody chose an id. A comma was in no chosen one before.
    CASE WHEN id GLOB 'j[1-9]*' AND SUBSTR(id, 2) NOT GLOB '*[^0-9]*' AND LENGTH(id) <= 19 THEN id || ',1' ELSE id END,
    unique_key, unique_until,
    attempts, exceptions, token, cancel_requested, started_at, finished_at, worker, progress, progress_note, result,
    error, traceback
FROM jobs_of_version_1;

-- The highest token of all jobs of a chosen id that were forgotten: the id may come back, a token may not.
CREATE TABLE forgotten (highest_token INTEGER NOT NULL);
INSERT INTO forgotten SELECT COALESCE(MAX(token), 0) FROM jobs_of_version_1;
CREATE TRIGGER jobs_forgotten AFTER DELETE ON jobs WHEN OLD.id IS NOT NULL
BEGIN
    UPDATE forgotten SET highest_token = OLD.token WHERE highest_token < OLD.token;
END;

DROP TABLE jobs_of_version_1;

-- One index of all lanes costs each change of a state one entry less and one more, and no look at conditions. A claim
-- is as quick beside a million finished jobs as beside none. The last column lets a count read the index alone.
CREATE INDEX jobs_lane ON jobs (state, queue, rank, seq, available_at);
CREATE UNIQUE INDEX jobs_id ON jobs (id) WHERE id IS NOT NULL;
CREATE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key IS NOT NULL;
