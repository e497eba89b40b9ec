-- Photos that somebody wants in the catalogue. A round ends when nothing of it is open.
CREATE TABLE wanted (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  round INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX wanted_round ON wanted (round);

-- Photos that were read. `fingerprint` is 64 bits, here signed.
CREATE TABLE photos (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL,
  taken TEXT,
  camera TEXT,
  latitude REAL,
  longitude REAL,
  place TEXT,
  changed INTEGER NOT NULL UNIQUE
) WITHOUT ROWID;

-- Wanted photos that could not be read.
CREATE TABLE failures (
  id TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  outcome TEXT NOT NULL
) WITHOUT ROWID;

PRAGMA user_version = 1
