-- What stands between a queue's jobs and the workers, and what the middleware of jobs keeps.

-- A queue without a row is free.
CREATE TABLE queues (
    name              TEXT    PRIMARY KEY,
    paused            TEXT, -- by whom: hand, file
    is_paused_in_file INTEGER NOT NULL DEFAULT 0, -- what workers.toml said last
    is_held           INTEGER NOT NULL DEFAULT 0, -- on battery
    concurrency       INTEGER,
    rate_count        INTEGER,
    rate_period       REAL    NOT NULL DEFAULT 0,
    tokens            REAL    NOT NULL DEFAULT 0, -- those of its bucket at …
    filled_at         REAL    NOT NULL DEFAULT 0
) WITHOUT ROWID;

INSERT INTO queues (name, paused) SELECT name, 'hand' FROM paused_queues;
DROP TABLE paused_queues;

CREATE TABLE permits (
    key     TEXT NOT NULL,
    owner   TEXT NOT NULL,
    expires REAL NOT NULL,
    PRIMARY KEY (key, owner)
) WITHOUT ROWID;
CREATE INDEX permits_expires ON permits (expires);
CREATE INDEX permits_owner ON permits (owner);

-- A bucket that is full is no row.
CREATE TABLE buckets (
    key       TEXT PRIMARY KEY,
    tokens    REAL NOT NULL,
    filled_at REAL NOT NULL,
    full_at   REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX buckets_full_at ON buckets (full_at);
