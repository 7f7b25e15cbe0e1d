-- The tables of schema.sql as PostgreSQL has them: what each is for is told
-- there. Texts are compared byte by byte, whatever the database's language.

CREATE TABLE meta (
  key   text COLLATE "C" PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);

CREATE TABLE events (
  station  text COLLATE "C" NOT NULL,
  epoch    bigint NOT NULL,
  sequence bigint NOT NULL,
  id       text COLLATE "C" NOT NULL UNIQUE,
  subject  text COLLATE "C" NOT NULL,
  prevhash text COLLATE "C" NOT NULL,
  hash     text COLLATE "C" NOT NULL,
  received bigint NOT NULL,
  note     text COLLATE "C" NOT NULL,
  raw      bytea NOT NULL,
  UNIQUE (station, epoch, sequence)
);
CREATE INDEX events_noted ON events (note) WHERE note <> '';

CREATE TABLE quarantine (
  station    text COLLATE "C" NOT NULL,
  hash       text COLLATE "C" NOT NULL,
  epoch      bigint NOT NULL,
  sequence   bigint NOT NULL,
  id         text COLLATE "C" NOT NULL,
  reason     text COLLATE "C" NOT NULL,
  received   bigint NOT NULL,
  raw        bytea NOT NULL,
  subject    text COLLATE "C" NOT NULL DEFAULT '',
  handoff    text COLLATE "C" NOT NULL DEFAULT '',
  code       text COLLATE "C" NOT NULL DEFAULT 'forked',
  decision   text COLLATE "C" NOT NULL DEFAULT '',
  decided    bigint NOT NULL DEFAULT 0,
  decided_by text COLLATE "C" NOT NULL DEFAULT '',
  note       text COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (station, hash)
);
CREATE INDEX quarantine_open ON quarantine (station) WHERE decision = '';
CREATE INDEX quarantine_told ON quarantine (subject) WHERE decision = 'released';
CREATE INDEX quarantine_handoff ON quarantine (handoff) WHERE decision = 'released';

CREATE TABLE gaps (
  station text COLLATE "C" NOT NULL,
  epoch   bigint NOT NULL,
  low     bigint NOT NULL,
  high    bigint NOT NULL,
  since   bigint NOT NULL,
  PRIMARY KEY (station, epoch, low)
);

CREATE TABLE stations (
  id         text COLLATE "C" PRIMARY KEY,
  first_seen bigint NOT NULL,
  last_seen  bigint NOT NULL,
  last_event bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE epochs (
  station   text COLLATE "C" NOT NULL,
  epoch     bigint NOT NULL,
  watermark bigint NOT NULL,
  highest   bigint NOT NULL,
  events    bigint NOT NULL,
  PRIMARY KEY (station, epoch)
) WITH (fillfactor = 50);

CREATE TABLE shipments (
  order_id  text COLLATE "C" PRIMARY KEY,
  rowid     bigint GENERATED ALWAYS AS IDENTITY, -- the order in which they came
  milestone text COLLATE "C" NOT NULL,
  held      boolean NOT NULL,
  rejected  boolean NOT NULL,
  updated   bigint NOT NULL,
  story     bytea NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX shipments_updated ON shipments (updated);
CREATE INDEX shipments_waiting ON shipments (milestone) WHERE milestone IN ('order_confirmed', 'label_created', 'packed');

CREATE TABLE numbers (
  number   text COLLATE "C" NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (number, order_id)
);

CREATE TABLE tokens (
  order_id text COLLATE "C" PRIMARY KEY,
  token    text COLLATE "C" NOT NULL UNIQUE,
  created  bigint NOT NULL
);

CREATE TABLE ranges (
  id      text COLLATE "C" PRIMARY KEY,
  carrier text COLLATE "C" NOT NULL,
  service text COLLATE "C" NOT NULL,
  scheme  text COLLATE "C" NOT NULL,
  prefix  text COLLATE "C" NOT NULL,
  low     bigint NOT NULL,
  high    bigint NOT NULL,
  next    bigint NOT NULL,
  block   bigint NOT NULL,
  place   bigint NOT NULL,
  life    bigint NOT NULL DEFAULT 0,
  ends    bigint NOT NULL DEFAULT 0
);

CREATE TABLE leases (
  station  text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  id       text COLLATE "C" NOT NULL UNIQUE,
  range_id text COLLATE "C" NOT NULL,
  carrier  text COLLATE "C" NOT NULL,
  service  text COLLATE "C" NOT NULL,
  scheme   text COLLATE "C" NOT NULL,
  prefix   text COLLATE "C" NOT NULL,
  next     bigint NOT NULL,
  past     bigint NOT NULL,
  created  bigint NOT NULL,
  expires  bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (station, key)
);

CREATE TABLE handoffs (
  id      text COLLATE "C" PRIMARY KEY,
  station text COLLATE "C" NOT NULL,
  closed  boolean NOT NULL,
  changed bigint NOT NULL
);
CREATE INDEX handoffs_station ON handoffs (station, closed);

CREATE TABLE handoff_events (
  handoff  text COLLATE "C" NOT NULL,
  station  text COLLATE "C" NOT NULL,
  epoch    bigint NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (handoff, station, epoch, sequence)
);

CREATE TABLE takeovers (
  handoff  text COLLATE "C" NOT NULL,
  n        bigint NOT NULL,
  station  text COLLATE "C" NOT NULL,
  previous text COLLATE "C" NOT NULL,
  by_whom  text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  at       bigint NOT NULL,
  PRIMARY KEY (handoff, n),
  UNIQUE (station, key)
);
CREATE INDEX takeovers_previous ON takeovers (previous, at);
CREATE INDEX takeovers_station ON takeovers (station, at);

CREATE TABLE credentials (
  token   text COLLATE "C" PRIMARY KEY,
  station text COLLATE "C" NOT NULL,
  made    bigint NOT NULL,
  expires bigint NOT NULL,
  ended   bigint NOT NULL,
  why     text COLLATE "C" NOT NULL
);
CREATE INDEX credentials_station ON credentials (station, made);

CREATE TABLE enrolments (
  station  text COLLATE "C" PRIMARY KEY,
  code     text COLLATE "C" NOT NULL,
  made     bigint NOT NULL,
  expires  bigint NOT NULL,
  replaces boolean NOT NULL,
  token    text COLLATE "C" NOT NULL
);

CREATE TABLE revocations (
  station text COLLATE "C" PRIMARY KEY,
  at      bigint NOT NULL,
  reason  text COLLATE "C" NOT NULL
);

-- What every commit brought, for those who carry it further. n is the number of
-- the transaction that wrote it.
CREATE TABLE outbox (
  n    bigint PRIMARY KEY DEFAULT pg_current_xact_id()::text::bigint,
  at   bigint NOT NULL,
  what bytea NOT NULL
);

CREATE TABLE cursors (
  consumer text COLLATE "C" PRIMARY KEY,
  n        bigint NOT NULL,
  mark     text COLLATE "C" NOT NULL
);
