-- What a log's records have that is doubtful, counted one by one, oldest
-- first, from the tables of forward.sql.

SET search_path = oracle;

-- Rows of the keys, in the order in which they came; lost: cells that no
-- record supplied.
CREATE UNLOGGED TABLE standing
(
	turn bigint GENERATED ALWAYS AS IDENTITY,
	k text NOT NULL,
	lost bool[] NOT NULL
);
CREATE INDEX ON standing (k);
-- each record replayed, and what is known of each key
CREATE UNLOGGED TABLE told (nth int NOT NULL, k text NOT NULL, is_new bool NOT NULL);
CREATE UNLOGGED TABLE known
(
	k text PRIMARY KEY,
	began bool NOT NULL,
	moment bigint,
	nth int
);

-- Note a change of a key; true where it shares its time with the one before.
CREATE FUNCTION note(key text, at bigint, place int, starts bool) RETURNS bool
LANGUAGE plpgsql SET search_path = oracle AS $$
DECLARE
	before bigint;
BEGIN
	SELECT moment INTO before FROM known WHERE k = key;
	INSERT INTO known VALUES (key, starts, at, place)
		ON CONFLICT (k) DO UPDATE SET moment = excluded.moment, nth = excluded.nth;
	RETURN coalesce(before = at, false);
END $$;

-- The oldest row of a key goes; NULL where there is none.
CREATE FUNCTION leave(key text) RETURNS bool[] LANGUAGE plpgsql
SET search_path = oracle AS $$
DECLARE
	gone bool[];
BEGIN
	DELETE FROM standing WHERE turn = (SELECT min(turn) FROM standing WHERE k = key)
		RETURNING lost INTO gone;
	RETURN gone;
END $$;

-- Records before the full load that the instant's files have.
CREATE FUNCTION too_early(at bigint) RETURNS bigint LANGUAGE sql
SET search_path = oracle AS $$
	SELECT count(*) FROM change r, setting s
	WHERE CASE s.clock
		WHEN 'commit' THEN (at IS NULL OR commit_time <= at AND object IN (SELECT files_read(at)))
			AND commit_time < (SELECT min(base.at) FROM base) - s.skew
		ELSE (at IS NULL OR file_time <= at) AND file_time < s.changes_from END;
$$;

CREATE FUNCTION audit(at bigint, has_before bool)
RETURNS TABLE (kind text, n bigint) LANGUAGE plpgsql
SET search_path = oracle AS $$
#variable_conflict use_column
DECLARE
	s setting;
	r change;
	upserts int := 0;
	deletes int := 0;
	inserts int := 0;
	ties int := 0;
	place int := 0;
	tied bool;
	moves bool;
	moment bigint;
	now_at bigint;
	came bool[];
	stood record;
	lost_now bool[];
BEGIN
	SELECT * INTO STRICT s FROM setting;
	TRUNCATE standing, told, known;
	-- an option says what rows there are before the full load is over
	IF at < (SELECT min(base.at) FROM base)
		OR s.before_base = 'empty' AND at < (SELECT max(base.at) FROM base) THEN
		RETURN;
	END IF;
	IF s.keyless THEN
		RETURN QUERY SELECT 'unidentified_records', count(*) FROM replayed(at, NULL, false)
			WHERE NOT s.by_sequence;
		RETURN QUERY SELECT 'records_before_base', too_early(at);
		RETURN;
	END IF;
	INSERT INTO standing (k, lost)
		SELECT k, array_fill(false, ARRAY[cardinality(cells)]) FROM base;
	INSERT INTO known (k, began) SELECT DISTINCT k, true FROM base;
	FOR r IN SELECT * FROM replayed(at, NULL, false) LOOP
		place := place + 1;
		moment := CASE s.clock WHEN 'commit' THEN r.commit_time ELSE r.file_time END;
		IF moment IS DISTINCT FROM now_at THEN
			DELETE FROM standing x USING standing y WHERE x.k = y.k AND x.turn < y.turn;
		END IF;
		now_at := moment;
		moves := coalesce(r.op = 'U' AND r.bk <> r.k, false);
		INSERT INTO told VALUES (place, r.k, coalesce(r.op = 'U', false) AND NOT moves
			AND NOT EXISTS (SELECT FROM known WHERE k = r.k));
		tied := note(r.k, moment, place, r.op IS NULL OR r.op = 'I');
		ties := ties + tied::int;
		IF r.op = 'D' THEN
			deletes := deletes + (leave(r.k) IS NULL)::int;
			CONTINUE;
		END IF;
		came := NULL;
		IF moves THEN
			tied := note(r.bk, moment, place, false);
			ties := ties + tied::int;
			came := leave(r.bk);
			upserts := upserts + (came IS NULL)::int;
		END IF;
		SELECT turn, lost INTO stood FROM standing WHERE k = r.k
			ORDER BY turn DESC LIMIT 1;
		inserts := inserts + coalesce(r.op = 'I' AND stood.turn IS NOT NULL, false)::int;
		upserts := upserts + coalesce(r.op = 'U' AND NOT moves AND stood.turn IS NULL, false)::int;
		came := coalesce(came, stood.lost);
		SELECT array_agg(NOT supplied AND (coalesce(r.op = 'I', false) OR coalesce(before, true)))
			INTO lost_now FROM unnest(r.supplied, came) x(supplied, before);
		IF NOT moves THEN
			DELETE FROM standing WHERE turn = stood.turn;
		END IF;
		INSERT INTO standing (k, lost) VALUES (r.k, lost_now);
	END LOOP;
	DELETE FROM standing x USING standing y WHERE x.k = y.k AND x.turn < y.turn;
	RETURN QUERY VALUES ('upserting_updates', upserts::bigint),
		('deletes_of_unknown_keys', deletes), ('repeated_inserts', inserts),
		('ties_decided_by_line', CASE WHEN s.clock = 'commit' AND NOT s.by_sequence
			THEN ties ELSE 0 END),
		('records_before_base', too_early(at)),
		('cells_never_supplied', (SELECT count(*) FROM standing, unnest(lost) x WHERE x)),
		('repeated_base_keys', (SELECT count(*) - count(DISTINCT k) FROM base)),
		('suspected_key_changes', (SELECT count(*) FROM told new
			JOIN told old ON old.nth = new.nth - 1
			JOIN known ON known.k = old.k AND known.nth = old.nth AND known.began
			WHERE new.is_new AND NOT has_before
			AND EXISTS (SELECT FROM standing WHERE standing.k = old.k)));
END $$;

RESET search_path;
