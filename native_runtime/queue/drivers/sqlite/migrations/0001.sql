-- Jobs, and which queues are paused.

CREATE TABLE jobs (
    seq              INTEGER PRIMARY KEY, -- order of arrival
    id               TEXT    NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    payload          BLOB    NOT NULL,
    priority         INTEGER NOT NULL,
    available_at     REAL    NOT NULL, -- since when it is ready, or when it will be
    state            TEXT    NOT NULL,
    created_at       REAL    NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0,
    exceptions       INTEGER NOT NULL DEFAULT 0,
    token            INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    fail_on_timeout  INTEGER NOT NULL DEFAULT 0,
    tries            INTEGER,
    backoff          TEXT, -- JSON list of seconds
    timeout          REAL,
    cause            TEXT, -- JSON list of steps
    max_exceptions   INTEGER,
    retry_until      REAL,
    unique_key       TEXT,
    unique_until     REAL,
    meta             BLOB,
    started_at       REAL,
    finished_at      REAL,
    worker           TEXT,
    progress         REAL,
    progress_note    TEXT    NOT NULL DEFAULT '',
    result           BLOB,
    error            TEXT    NOT NULL DEFAULT '',
    traceback        TEXT    NOT NULL DEFAULT ''
);

-- Each index holds only the jobs it serves, so that a claim is as quick beside a million finished jobs as beside none.
CREATE INDEX jobs_ready ON jobs (queue, priority DESC, seq, available_at) WHERE state = 'ready';
CREATE INDEX jobs_delayed ON jobs (queue, available_at) WHERE state = 'delayed';
CREATE INDEX jobs_running ON jobs (worker, queue) WHERE state = 'running';
CREATE INDEX jobs_failed ON jobs (queue) WHERE state IN ('crashed', 'failed', 'lost', 'oom', 'timeout');
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE state IN ('cancelled', 'success');
CREATE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key IS NOT NULL;

CREATE TABLE paused_queues (name TEXT PRIMARY KEY) WITHOUT ROWID;
