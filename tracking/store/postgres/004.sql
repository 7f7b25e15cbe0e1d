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
CREATE INDEX news_unheard ON news (station, kind, subject) WHERE heard < change;
CREATE INDEX news_epoch ON news (station, kind, epoch, subject);
