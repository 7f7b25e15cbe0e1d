-- Who took a single parcel over, by the number on its box.

CREATE TABLE parcel_takeovers (
  number   text COLLATE "C" NOT NULL,
  n        bigint NOT NULL,
  station  text COLLATE "C" NOT NULL,
  previous text COLLATE "C" NOT NULL,
  by_whom  text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  at       bigint NOT NULL,
  PRIMARY KEY (number, n),
  UNIQUE (station, key)
);
CREATE INDEX parcel_takeovers_previous ON parcel_takeovers (previous, at);
CREATE INDEX parcel_takeovers_station ON parcel_takeovers (station, at);
