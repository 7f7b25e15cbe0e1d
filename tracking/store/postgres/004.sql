-- What each station is to hear of what changed hands from or to it.

CREATE TABLE news (
  station text COLLATE "C" NOT NULL,
  kind    text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  change  bigint NOT NULL,
  heard   bigint NOT NULL,
  epoch   bigint NOT NULL,
  PRIMARY KEY (station, kind, subject)
);
CREATE INDEX news_subject ON news (kind, subject);

-- Every station is told again, once, what changed hands before this was kept.
INSERT INTO news (station, kind, subject, change, heard, epoch)
  SELECT station, 'parcel', number, 1, 0, 0 FROM parcel_takeovers UNION SELECT previous, 'parcel', number, 1, 0, 0 FROM parcel_takeovers
  UNION SELECT station, 'handoff', handoff, 1, 0, 0 FROM takeovers UNION SELECT previous, 'handoff', handoff, 1, 0, 0 FROM takeovers;
