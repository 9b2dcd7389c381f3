-- The history of one node (STATE/history.db): what happened, who asked for it, what was decided and why.
--
-- The file is a list of migrations: a database whose user_version is V gets each block above V, in order, in one
-- transaction. A published block is never edited; a change is a new block at the end.
--
-- All tables share one sequence of ids (the writer hands them out), so that `ORDER BY id` is the order of recording
-- over all of them; the view `timeline` shows them together. Times are microseconds since 1970 UTC (wall clock: they
-- may jump, ids do not). Empty text means "not given"; no column is NULL.

-- migration 1

CREATE TABLE state (          -- a process changed state on a node
  id          INTEGER PRIMARY KEY,
  at_us       INTEGER NOT NULL,
  node        TEXT    NOT NULL,
  application TEXT    NOT NULL,
  process     TEXT    NOT NULL,
  from_state  TEXT    NOT NULL,
  to_state    TEXT    NOT NULL,
  pid         INTEGER NOT NULL,
  exit        TEXT    NOT NULL  -- how it ended, in words
);
CREATE INDEX state_process     ON state (process, id);
CREATE INDEX state_application ON state (application, id);
CREATE INDEX state_node        ON state (node, id);

CREATE TABLE action (         -- somebody asked for something
  id          INTEGER PRIMARY KEY,
  at_us       INTEGER NOT NULL,
  operation   TEXT    NOT NULL, -- the same on every node the request passed
  user        TEXT    NOT NULL,
  origin      TEXT    NOT NULL, -- address and face it came by
  node        TEXT    NOT NULL,
  application TEXT    NOT NULL,
  process     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  outcome     TEXT    NOT NULL
);
CREATE INDEX action_process     ON action (process, id);
CREATE INDEX action_application ON action (application, id);
CREATE INDEX action_node        ON action (node, id);

CREATE TABLE decision (       -- the cluster or the agent decided something by itself
  id          INTEGER PRIMARY KEY,
  at_us       INTEGER NOT NULL,
  operation   TEXT    NOT NULL,
  epoch       INTEGER NOT NULL, -- the term it was decided in
  master      TEXT    NOT NULL,
  node        TEXT    NOT NULL, -- where it takes effect
  application TEXT    NOT NULL,
  process     TEXT    NOT NULL,
  what        TEXT    NOT NULL,
  reason      TEXT    NOT NULL
);
CREATE INDEX decision_process     ON decision (process, id);
CREATE INDEX decision_application ON decision (application, id);
CREATE INDEX decision_node        ON decision (node, id);

CREATE TABLE node (           -- a node was seen to change, or the Master did
  id          INTEGER PRIMARY KEY,
  at_us       INTEGER NOT NULL,
  node        TEXT    NOT NULL,
  aspect      TEXT    NOT NULL, -- state, master
  from_value  TEXT    NOT NULL,
  to_value    TEXT    NOT NULL,
  reason      TEXT    NOT NULL
);
CREATE INDEX node_node ON node (node, id);

CREATE TABLE restart (        -- an agent or a keeper started
  id          INTEGER PRIMARY KEY,
  at_us       INTEGER NOT NULL,
  node        TEXT    NOT NULL,
  part        TEXT    NOT NULL, -- agent, keeper
  incarnation INTEGER NOT NULL,
  reason      TEXT    NOT NULL
);
CREATE INDEX restart_node ON restart (node, id);

CREATE TABLE gap (            -- rows that could not be kept
  id          INTEGER PRIMARY KEY,
  at_us       INTEGER NOT NULL,
  lost        INTEGER NOT NULL,
  reason      TEXT    NOT NULL
);

CREATE VIEW timeline AS
  SELECT id, datetime(at_us / 1000000, 'unixepoch') AS utc, 'state' AS kind, node, application, process,
         from_state || ' -> ' || to_state AS what, exit AS detail FROM state
  UNION ALL
  SELECT id, datetime(at_us / 1000000, 'unixepoch'), 'action', node, application, process,
         action, trim(user || ' ' || origin || ': ' || outcome) FROM action
  UNION ALL
  SELECT id, datetime(at_us / 1000000, 'unixepoch'), 'decision', node, application, process, what, reason FROM decision
  UNION ALL
  SELECT id, datetime(at_us / 1000000, 'unixepoch'), 'node', node, '', '',
         aspect || ' ' || from_value || ' -> ' || to_value, reason FROM node
  UNION ALL
  SELECT id, datetime(at_us / 1000000, 'unixepoch'), 'restart', node, '', '', part || ' started', reason FROM restart
  UNION ALL
  SELECT id, datetime(at_us / 1000000, 'unixepoch'), 'gap', '', '', '', lost || ' rows lost', reason FROM gap;
