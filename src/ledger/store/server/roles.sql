-- The roles of a team on a Cerebro ledger. Made by `cerebro ledger roles`; running it again changes nothing.
--
--   cerebro_reader    reads everything
--   cerebro_analyst   labels, marks and works on the queue, always under the own name
--   cerebro_reviewer  decides between labels that differ, and ends leases of others
--
-- A person is let in with: GRANT cerebro_analyst TO ann;

DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['cerebro_reader', 'cerebro_analyst', 'cerebro_reviewer'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END $$;
GRANT cerebro_reader TO cerebro_analyst;
GRANT cerebro_analyst TO cerebro_reviewer;

REVOKE ALL ON SCHEMA cerebro FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA cerebro FROM PUBLIC;
GRANT USAGE ON SCHEMA cerebro TO cerebro_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA cerebro TO cerebro_reader;
GRANT INSERT ON cerebro.event TO cerebro_analyst;
GRANT INSERT, UPDATE, DELETE ON cerebro.item, cerebro.lease TO cerebro_analyst;
GRANT INSERT, UPDATE ON cerebro.known_case, cerebro.known_bad TO cerebro_analyst;

-- Who an event says that it is of, what sort it is, and which event it is about. An event begins with its time, person and
-- tool, as Cerebro writes it; one that does not is of nobody.
CREATE OR REPLACE FUNCTION cerebro.said_by(body TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE
RETURN substring(body FROM '^\{"time":"[^"\\]*","actor":("(?:[^"\\]|\\.)*"),"tool":"')::json #>> '{}';

CREATE OR REPLACE FUNCTION cerebro.kind_of(body TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE
RETURN substring(body FROM
    '^\{"time":"[^"\\]*","actor":"(?:[^"\\]|\\.)*","tool":"(?:[^"\\]|\\.)*","kind":"([a-z_]+)"');

CREATE OR REPLACE FUNCTION cerebro.about(body TEXT) RETURNS BIGINT LANGUAGE sql IMMUTABLE
RETURN substring(body FROM '"kind":"[a-z_]+","event":([0-9]{1,18})\}$')::bigint;

-- Everybody writes in the own name, and takes back only what is the own.
CREATE OR REPLACE FUNCTION cerebro.is_ones_own(body TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
RETURN cerebro.said_by(body) = session_user AND CASE
    WHEN cerebro.kind_of(body) IN ('undone', 'redone', 'span_removed') THEN
        (SELECT cerebro.said_by(earlier.body) = session_user FROM cerebro.event AS earlier
         WHERE earlier.number = cerebro.about(is_ones_own.body))
    ELSE true
END;

ALTER TABLE cerebro.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE cerebro.item ENABLE ROW LEVEL SECURITY;
ALTER TABLE cerebro.lease ENABLE ROW LEVEL SECURITY;
ALTER TABLE cerebro.known_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE cerebro.known_bad ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    old RECORD;
BEGIN
    FOR old IN SELECT policyname, tablename FROM pg_catalog.pg_policies WHERE schemaname = 'cerebro' LOOP
        EXECUTE format('DROP POLICY %I ON cerebro.%I', old.policyname, old.tablename);
    END LOOP;
END $$;

CREATE POLICY event_is_read ON cerebro.event FOR SELECT TO cerebro_reader USING (true);
CREATE POLICY event_is_ones_own ON cerebro.event FOR INSERT TO cerebro_analyst
    WITH CHECK (cerebro.is_ones_own(body) AND cerebro.kind_of(body) <> 'adjudicated');
CREATE POLICY event_is_decided ON cerebro.event FOR INSERT TO cerebro_reviewer
    WITH CHECK (cerebro.is_ones_own(body) AND cerebro.kind_of(body) = 'adjudicated');

CREATE POLICY item_is_read ON cerebro.item FOR SELECT TO cerebro_reader USING (true);
CREATE POLICY item_is_worked_on ON cerebro.item FOR ALL TO cerebro_analyst USING (true) WITH CHECK (true);

-- A lease is its taker's until it ends. Two clocks are never quite the same: five seconds do not matter.
CREATE POLICY lease_is_read ON cerebro.lease FOR SELECT TO cerebro_reader USING (true);
CREATE POLICY lease_is_taken ON cerebro.lease FOR INSERT TO cerebro_analyst WITH CHECK (true);
CREATE POLICY lease_is_kept ON cerebro.lease FOR UPDATE TO cerebro_analyst
    USING (taker = session_user OR expires <= extract(epoch FROM clock_timestamp()) * 1000 + 5000);
CREATE POLICY lease_is_ended ON cerebro.lease FOR DELETE TO cerebro_analyst
    USING (taker = session_user OR expires <= extract(epoch FROM clock_timestamp()) * 1000 + 5000);
CREATE POLICY lease_is_reviewed ON cerebro.lease FOR ALL TO cerebro_reviewer USING (true) WITH CHECK (true);

CREATE POLICY known_case_is_read ON cerebro.known_case FOR SELECT TO cerebro_reader USING (true);
CREATE POLICY known_case_is_added ON cerebro.known_case FOR INSERT TO cerebro_analyst WITH CHECK (true);
CREATE POLICY known_case_is_changed ON cerebro.known_case FOR UPDATE TO cerebro_analyst USING (true) WITH CHECK (true);
CREATE POLICY known_bad_is_read ON cerebro.known_bad FOR SELECT TO cerebro_reader USING (true);
CREATE POLICY known_bad_is_added ON cerebro.known_bad FOR INSERT TO cerebro_analyst WITH CHECK (true);
CREATE POLICY known_bad_is_changed ON cerebro.known_bad FOR UPDATE TO cerebro_analyst USING (true) WITH CHECK (true);
