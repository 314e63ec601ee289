-- Format 1: the log. The triggers make it append-only for everybody but who owns the tables; the chain shows what an owner did.
CREATE SCHEMA IF NOT EXISTS cerebro;

CREATE TABLE cerebro.format (
    one     BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
    version BIGINT NOT NULL
);

CREATE TABLE cerebro.event (
    number   BIGINT PRIMARY KEY,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL UNIQUE,
    body     TEXT NOT NULL
);

CREATE FUNCTION cerebro.event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON cerebro.event
    FOR EACH ROW EXECUTE FUNCTION cerebro.event_stays();
CREATE TRIGGER event_is_never_emptied BEFORE TRUNCATE ON cerebro.event
    FOR EACH STATEMENT EXECUTE FUNCTION cerebro.event_stays();

-- The server checks the chain itself: nothing is appended that does not follow the last event by number and hash.
CREATE FUNCTION cerebro.event_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = cerebro, pg_temp AS $$
DECLARE
    last RECORD;
BEGIN
    SELECT number, hash INTO last FROM event ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
        OR NEW.previous <> coalesce(last.hash, repeat('0', 64))
        OR NEW.hash <> encode(sha256(convert_to(
            NEW.number::text || E'\n' || NEW.previous || E'\n' || NEW.body, 'UTF8')), 'hex')
    THEN
        RAISE EXCEPTION 'the ledger is append-only: an event follows the last one';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER event_follows_the_last BEFORE INSERT ON cerebro.event
    FOR EACH ROW EXECUTE FUNCTION cerebro.event_follows();
