-- What comes down to stations: bundles, and words about orders.

CREATE TABLE bundles (
  version bigint PRIMARY KEY,
  made    bigint NOT NULL,
  made_by text COLLATE "C" NOT NULL,
  note    text COLLATE "C" NOT NULL,
  again   bigint NOT NULL,
  sha256  text COLLATE "C" NOT NULL,
  files   bigint NOT NULL,
  bytes   bigint NOT NULL,
  content bytea NOT NULL
);

CREATE TABLE instructions (
  sequence bigint PRIMARY KEY,
  order_id text COLLATE "C" NOT NULL,
  action   text COLLATE "C" NOT NULL,
  reason   text COLLATE "C" NOT NULL,
  by_whom  text COLLATE "C" NOT NULL,
  at       bigint NOT NULL
);
CREATE INDEX instructions_order ON instructions (order_id, sequence);
