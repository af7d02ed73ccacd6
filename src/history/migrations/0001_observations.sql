-- The four letters "envc": whose database this is.
PRAGMA application_id = 1701738083;

-- Times are whole seconds since 1970, UTC.

CREATE TABLE environment (
    id      INTEGER PRIMARY KEY,
    account TEXT NOT NULL, -- UUID of the team, else of the account; empty when the token may not see it
    name    TEXT NOT NULL,
    UNIQUE (account, name)
) STRICT;

-- What is asked of every object of a kind, and the latest run that answered it.
CREATE TABLE question (
    id          INTEGER PRIMARY KEY,
    environment INTEGER NOT NULL REFERENCES environment ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    fact        TEXT NOT NULL,
    answered    INTEGER NOT NULL,
    UNIQUE (environment, kind, fact)
) STRICT;

-- The objects of which it was true then: since when, and in how many runs without interruption.
CREATE TABLE observation (
    question INTEGER NOT NULL REFERENCES question ON DELETE CASCADE,
    object   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    runs     INTEGER NOT NULL CHECK (runs > 0),
    PRIMARY KEY (question, object)
) STRICT, WITHOUT ROWID;

-- Facts that do not change, learnt once.
CREATE TABLE memory (
    namespace TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL, -- JSON
    used      INTEGER NOT NULL,
    PRIMARY KEY (namespace, key)
) STRICT;

CREATE INDEX memory_by_use ON memory (used);
