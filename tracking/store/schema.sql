-- Every event ever taken, byte for byte.
CREATE TABLE IF NOT EXISTS events (
  station  TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  id       TEXT    NOT NULL UNIQUE,
  subject  TEXT    NOT NULL,
  prevhash TEXT    NOT NULL,
  hash     TEXT    NOT NULL,
  received INTEGER NOT NULL,        -- Unix milliseconds by the hub's clock
  note     TEXT    NOT NULL,        -- why no story tells it, where one should
  raw      BLOB    NOT NULL,
  UNIQUE (station, epoch, sequence)
);
CREATE INDEX IF NOT EXISTS events_noted ON events (note) WHERE note <> '';

-- Events that contradict what is kept. A person decides on them; none is ever
-- deleted.
CREATE TABLE IF NOT EXISTS quarantine (
  station    TEXT    NOT NULL,
  hash       TEXT    NOT NULL,
  epoch      INTEGER NOT NULL,
  sequence   INTEGER NOT NULL,
  id         TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  received   INTEGER NOT NULL,
  raw        BLOB    NOT NULL,
  subject    TEXT    NOT NULL DEFAULT '',
  handoff    TEXT    NOT NULL DEFAULT '', -- the pick-up it is about
  code       TEXT    NOT NULL DEFAULT 'forked',
  decision   TEXT    NOT NULL DEFAULT '', -- released: its story is told beside the chain; taken: it is in events; discarded
  decided    INTEGER NOT NULL DEFAULT 0,
  decided_by TEXT    NOT NULL DEFAULT '',
  note       TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (station, hash)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS quarantine_open ON quarantine (station) WHERE decision = '';
CREATE INDEX IF NOT EXISTS quarantine_told ON quarantine (subject) WHERE decision = 'released';
CREATE INDEX IF NOT EXISTS quarantine_handoff ON quarantine (handoff) WHERE decision = 'released';

CREATE TABLE IF NOT EXISTS stations (
  id          TEXT PRIMARY KEY,
  first_seen  INTEGER NOT NULL,
  last_seen   INTEGER NOT NULL,
  last_event  INTEGER NOT NULL      -- Unix milliseconds by the station's clock
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS epochs (
  station   TEXT    NOT NULL,
  epoch     INTEGER NOT NULL,
  watermark INTEGER NOT NULL,       -- everything up to here is in events
  highest   INTEGER NOT NULL,
  events    INTEGER NOT NULL,
  PRIMARY KEY (station, epoch)
) WITHOUT ROWID;

-- Runs of events that have not arrived though later ones have.
CREATE TABLE IF NOT EXISTS gaps (
  station TEXT    NOT NULL,
  epoch   INTEGER NOT NULL,
  low     INTEGER NOT NULL,
  high    INTEGER NOT NULL,
  since   INTEGER NOT NULL,         -- Unix milliseconds by the hub's clock, when an event behind it arrived first
  PRIMARY KEY (station, epoch, low)
) WITHOUT ROWID;

-- What the events tell. Can be made again from them.
CREATE TABLE IF NOT EXISTS shipments (
  order_id  TEXT PRIMARY KEY,
  milestone TEXT    NOT NULL,
  held      INTEGER NOT NULL,
  rejected  INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  story     BLOB    NOT NULL
);
CREATE INDEX IF NOT EXISTS shipments_updated ON shipments (updated);

-- What a pick-up may still meet: those whose parcels have not all left.
CREATE INDEX IF NOT EXISTS shipments_waiting ON shipments (milestone) WHERE milestone IN ('order_confirmed', 'label_created', 'packed');

CREATE TABLE IF NOT EXISTS numbers (
  number   TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (number, order_id)
) WITHOUT ROWID;

-- The links buyers hold. Cannot be made again from anything.
CREATE TABLE IF NOT EXISTS tokens (
  order_id TEXT PRIMARY KEY,
  token    TEXT    NOT NULL UNIQUE,
  created  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS ranges (
  id      TEXT PRIMARY KEY,
  carrier TEXT    NOT NULL,
  service TEXT    NOT NULL,         -- empty: all of the carrier's
  scheme  TEXT    NOT NULL,
  prefix  TEXT    NOT NULL,
  low     INTEGER NOT NULL,         -- first serial number
  high    INTEGER NOT NULL,         -- last serial number
  next    INTEGER NOT NULL,         -- everything below has been leased; never goes back
  block   INTEGER NOT NULL,
  place   INTEGER NOT NULL,         -- order in the configuration; negative: no longer in it
  life    INTEGER NOT NULL DEFAULT 0, -- of a lease, in milliseconds; 0: as long as the range
  ends    INTEGER NOT NULL DEFAULT 0  -- from when on no number may be given; 0: never
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS leases (
  station  TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  id       TEXT    NOT NULL UNIQUE,
  range_id TEXT    NOT NULL,
  carrier  TEXT    NOT NULL,
  service  TEXT    NOT NULL,        -- as it was asked for
  scheme   TEXT    NOT NULL,
  prefix   TEXT    NOT NULL,
  next     INTEGER NOT NULL,
  past     INTEGER NOT NULL,        -- first serial number after the block
  created  INTEGER NOT NULL,
  expires  INTEGER NOT NULL DEFAULT 0, -- as the station was told last; 0: never
  PRIMARY KEY (station, key)
) WITHOUT ROWID;

-- Pick-ups, and which events are about each. Can be made again from the events
-- and takeovers.
CREATE TABLE IF NOT EXISTS handoffs (
  id      TEXT PRIMARY KEY,
  station TEXT    NOT NULL,         -- that has it
  closed  INTEGER NOT NULL,         -- by the station that has it
  changed INTEGER NOT NULL          -- Unix milliseconds by the hub's clock
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS handoffs_station ON handoffs (station, closed);

CREATE TABLE IF NOT EXISTS handoff_events (
  handoff  TEXT    NOT NULL,
  station  TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (handoff, station, epoch, sequence)
) WITHOUT ROWID;

-- Who took a pick-up over. Cannot be made again from anything: two stations may
-- ask at once, and the first gets it.
CREATE TABLE IF NOT EXISTS takeovers (
  handoff  TEXT    NOT NULL,
  n        INTEGER NOT NULL,        -- the first is 1
  station  TEXT    NOT NULL,
  previous TEXT    NOT NULL,        -- the station that had it
  by_whom  TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (handoff, n),
  UNIQUE (station, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS takeovers_previous ON takeovers (previous, at);
CREATE INDEX IF NOT EXISTS takeovers_station ON takeovers (station, at);

-- Who took a single parcel over, by the number on its box. Cannot be made again
-- from anything, for the same reason.
CREATE TABLE IF NOT EXISTS parcel_takeovers (
  number   TEXT    NOT NULL,        -- as numbers has it
  n        INTEGER NOT NULL,        -- the first is 1
  station  TEXT    NOT NULL,
  previous TEXT    NOT NULL,        -- the station that had it
  by_whom  TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (number, n),
  UNIQUE (station, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parcel_takeovers_previous ON parcel_takeovers (previous, at);
CREATE INDEX IF NOT EXISTS parcel_takeovers_station ON parcel_takeovers (station, at);

-- What each station is to hear of what changed hands from or to it, and what it has
-- heard of. Cannot be made again from anything.
CREATE TABLE IF NOT EXISTS news (
  station TEXT    NOT NULL,         -- that is to hear of it
  kind    TEXT    NOT NULL,         -- parcel or handoff
  subject TEXT    NOT NULL,         -- the number as numbers has it, or the pick-up
  change  INTEGER NOT NULL,         -- grows whenever there is something to tell of it
  heard   INTEGER NOT NULL,         -- the change that the station has heard of
  epoch   INTEGER NOT NULL,         -- the life of its journal that has it
  PRIMARY KEY (station, kind, subject)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS news_subject ON news (kind, subject);
CREATE INDEX IF NOT EXISTS news_unheard ON news (station, kind, subject) WHERE heard < change;
CREATE INDEX IF NOT EXISTS news_epoch ON news (station, kind, epoch, subject);

-- The tokens of enrolled stations, as SHA-256. Cannot be made again from anything.
CREATE TABLE IF NOT EXISTS credentials (
  token   TEXT PRIMARY KEY,
  station TEXT    NOT NULL,
  made    INTEGER NOT NULL,
  expires INTEGER NOT NULL,         -- 0: never
  ended   INTEGER NOT NULL,         -- from when on it is good no more, before that; 0: not at all
  why     TEXT    NOT NULL          -- renewed, replaced or revoked
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS credentials_station ON credentials (station, made);

-- One-time codes, the last one of each station.
CREATE TABLE IF NOT EXISTS enrolments (
  station  TEXT PRIMARY KEY,
  code     TEXT    NOT NULL,        -- SHA-256 of its secret
  made     INTEGER NOT NULL,
  expires  INTEGER NOT NULL,
  replaces INTEGER NOT NULL,        -- it may take the place of a token that is good
  token    TEXT    NOT NULL         -- that it was used for; empty: not yet
) WITHOUT ROWID;

-- Stations that people have shut out.
CREATE TABLE IF NOT EXISTS revocations (
  station TEXT PRIMARY KEY,
  at      INTEGER NOT NULL,
  reason  TEXT    NOT NULL
) WITHOUT ROWID;

-- What stations are to work by, every version there ever was. Cannot be made again
-- from anything.
CREATE TABLE IF NOT EXISTS bundles (
  version INTEGER PRIMARY KEY,      -- from 1; only the newest counts
  made    INTEGER NOT NULL,
  made_by TEXT    NOT NULL,
  note    TEXT    NOT NULL,
  again   INTEGER NOT NULL,         -- the version that was rolled back to; 0: none
  sha256  TEXT    NOT NULL,         -- of the files, as wire.DigestFiles has it
  files   INTEGER NOT NULL,         -- how many
  bytes   INTEGER NOT NULL,         -- of them together
  content BLOB    NOT NULL          -- the files, as JSON
);

-- Words about orders for every station: hold, release, cancel. Cannot be made
-- again from anything.
CREATE TABLE IF NOT EXISTS instructions (
  sequence INTEGER PRIMARY KEY,     -- from 1, without gaps
  order_id TEXT    NOT NULL,
  action   TEXT    NOT NULL,
  reason   TEXT    NOT NULL,
  by_whom  TEXT    NOT NULL,
  at       INTEGER NOT NULL         -- Unix milliseconds by the hub's clock
);
CREATE INDEX IF NOT EXISTS instructions_order ON instructions (order_id, sequence);

-- What every commit brought, for those who carry it further, and how far each of
-- them has it.
CREATE TABLE IF NOT EXISTS outbox (
  n    INTEGER PRIMARY KEY AUTOINCREMENT,
  at   INTEGER NOT NULL,            -- Unix milliseconds by the hub's clock
  what BLOB    NOT NULL
);

CREATE TABLE IF NOT EXISTS cursors (
  consumer TEXT PRIMARY KEY,
  n        INTEGER NOT NULL,
  mark     TEXT    NOT NULL         -- what the consumer noted there
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
