-- Batches. Their jobs are numbered in a row, so that a job needs no mark of its batch, and one without pays nothing.

CREATE TABLE batches (
    seq          INTEGER PRIMARY KEY, -- order of arrival
    id           TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    plan         TEXT    NOT NULL, -- JSON of what becomes of it
    total        INTEGER NOT NULL,
    first        INTEGER, -- number of its first job; NULL if it has none
    last         INTEGER,
    is_cancelled INTEGER NOT NULL DEFAULT 0,
    is_caught    INTEGER NOT NULL DEFAULT 0, -- a job has failed, and that was acted on
    has_then     INTEGER NOT NULL DEFAULT 0, -- `then` was stored
    has_finally  INTEGER NOT NULL DEFAULT 0,
    status       TEXT    NOT NULL DEFAULT 'running',
    created_at   REAL    NOT NULL,
    ended_at     REAL
);

CREATE INDEX batches_running ON batches (status, last, first);
CREATE INDEX batches_first ON batches (first, last);
