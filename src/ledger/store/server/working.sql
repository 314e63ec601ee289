-- Format 2: working state beside the log, as the SQLite ledger has it.
CREATE TABLE cerebro.item (
    number       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path         TEXT NOT NULL UNIQUE,
    sha256       TEXT NOT NULL,
    name         TEXT NOT NULL,
    version      TEXT NOT NULL,
    ecosystem    TEXT NOT NULL,
    added        BIGINT NOT NULL,
    published    BIGINT,
    source       TEXT NOT NULL,
    failed       TEXT,
    state        TEXT,
    probability  DOUBLE PRECISION,
    threshold    DOUBLE PRECISION,
    disagreement DOUBLE PRECISION,
    model        TEXT,
    extractor    TEXT,
    signature    BYTEA,
    given        BIGINT
);
CREATE INDEX item_by_package ON cerebro.item (sha256);

-- Who holds what. The taker is whom the server let in, whatever a client says of itself.
CREATE TABLE cerebro.lease (
    item    BIGINT PRIMARY KEY REFERENCES cerebro.item (number) ON DELETE CASCADE,
    holder  TEXT NOT NULL,
    process BIGINT NOT NULL,
    host    TEXT NOT NULL,
    expires BIGINT NOT NULL,
    taker   TEXT NOT NULL
);

CREATE FUNCTION cerebro.lease_has_a_taker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.taker := session_user;
    RETURN NEW;
END $$;

CREATE TRIGGER lease_is_of_its_taker BEFORE INSERT OR UPDATE ON cerebro.lease
    FOR EACH ROW EXECUTE FUNCTION cerebro.lease_has_a_taker();

CREATE TABLE cerebro.queue_seed (seed BIGINT NOT NULL);
INSERT INTO cerebro.queue_seed VALUES (floor((random() - 0.5) * 9e18)::bigint);

CREATE TABLE cerebro.known_case (
    sha256   TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    version  TEXT NOT NULL,
    event    BIGINT NOT NULL,
    code     BYTEA,
    behavior BYTEA
);
CREATE TABLE cerebro.known_bad (
    sha256 TEXT PRIMARY KEY,
    list   TEXT NOT NULL
);
