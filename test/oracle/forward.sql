-- The second oracle: replays a log oldest first, record by record.
--
-- The records stand in ordinary tables, loaded from the generator and not
-- from the files, so this shares neither the walk nor the reading.

CREATE SCHEMA oracle;
SET search_path = oracle;

-- key and before image as the log wrote them; k and bk are made from them by
-- oracle.canonical() so that equal keys are equal texts
CREATE UNLOGGED TABLE base
(
	turn bigint GENERATED ALWAYS AS IDENTITY,
	cells text[] NOT NULL,
	key text[],
	at bigint,
	k text
);
CREATE UNLOGGED TABLE change
(
	commit_time bigint,
	file_time bigint NOT NULL,
	object text COLLATE "C" NOT NULL,
	line int NOT NULL,
	seq text COLLATE "C" NOT NULL,
	op text,
	key text[],
	before text[],
	cells text[] NOT NULL,
	supplied bool[] NOT NULL,
	k text,
	bk text
);
-- first: commit time of the first record of any table in it
CREATE UNLOGGED TABLE file
(
	object text COLLATE "C" NOT NULL,
	file_time bigint NOT NULL,
	first bigint,
	folder int NOT NULL
);
CREATE UNLOGGED TABLE setting
(
	clock text NOT NULL,
	keyless bool NOT NULL,
	by_sequence bool NOT NULL,
	transactions bool NOT NULL,
	skew bigint NOT NULL,
	changes_from bigint,
	before_base text,
	repeats text
);
CREATE UNLOGGED TABLE instant
(
	n int NOT NULL,
	at bigint,
	known bigint,
	scan bool NOT NULL,
	sure bool NOT NULL
);
CREATE UNLOGGED TABLE truth (n int NOT NULL, cells text[] NOT NULL);
CREATE UNLOGGED TABLE forward (n int NOT NULL, cells text[] NOT NULL);
CREATE UNLOGGED TABLE got (n int NOT NULL, way text NOT NULL, r text NOT NULL);
CREATE UNLOGGED TABLE ran (n int NOT NULL, way text NOT NULL);

-- rows of the replay: live ones, and those displaced within the commit
CREATE UNLOGGED TABLE live (k text PRIMARY KEY, cells text[] NOT NULL);
CREATE UNLOGGED TABLE displaced
(
	turn bigint GENERATED ALWAYS AS IDENTITY,
	k text NOT NULL,
	cells text[] NOT NULL
);

CREATE FUNCTION reset() RETURNS void LANGUAGE sql AS $$
	TRUNCATE oracle.base, oracle.change, oracle.file, oracle.setting,
		oracle.instant, oracle.truth, oracle.forward, oracle.got, oracle.ran;
$$;

-- The error that a query ends in, with its hint; NULL: none.
CREATE FUNCTION message(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE query;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLERRM || ' ' || hint;
END $$;

-- The objects a query at an instant reads: those named up to known (NULL:
-- all).  With scan every file of them that is named later is looked at, else
-- the first one that begins too late ends the search.
CREATE FUNCTION files_read(at bigint, known bigint DEFAULT NULL,
	scan bool DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql
SET search_path = oracle AS $$
DECLARE
	s setting;
	f file;
	over int[] := '{}';
BEGIN
	SELECT * INTO STRICT s FROM setting;
	FOR f IN SELECT * FROM file ORDER BY file_time, object LOOP
		CONTINUE WHEN f.folder = ANY (over) OR f.file_time > known;
		IF s.clock = 'file' THEN
			CONTINUE WHEN f.file_time > at;
		ELSIF (s.transactions OR f.file_time > at)
			AND f.first > at + s.skew THEN
			IF NOT scan AND known IS NULL THEN
				over := over || f.folder;
			END IF;
			CONTINUE;
		END IF;
		RETURN NEXT f.object;
	END LOOP;
END $$;

-- A removal of a key takes the row displaced first in this commit, else the
-- one that stands there now.  NULL where there is none.
CREATE FUNCTION take(gone text, any_displaced bool) RETURNS text[]
LANGUAGE plpgsql SET search_path = oracle AS $$
DECLARE
	taken text[];
BEGIN
	IF any_displaced THEN
		DELETE FROM displaced WHERE turn =
			(SELECT min(turn) FROM displaced WHERE k = gone)
			RETURNING cells INTO taken;
		IF FOUND THEN
			RETURN taken;
		END IF;
	END IF;
	DELETE FROM live WHERE k = gone RETURNING cells INTO taken;
	RETURN taken;
END $$;

CREATE FUNCTION apply(r change, any_displaced bool) RETURNS bool
LANGUAGE plpgsql SET search_path = oracle AS $$
DECLARE
	source text[];
	stands text[];
	cells text[] := r.cells;
	moves bool := r.op = 'U' AND r.bk <> r.k;
BEGIN
	IF r.op = 'D' THEN
		PERFORM take(r.k, any_displaced);
		RETURN any_displaced;
	END IF;
	IF moves THEN
		source := take(r.bk, any_displaced);
	END IF;
	SELECT live.cells INTO stands FROM live WHERE k = r.k;
	IF moves AND stands IS NOT NULL THEN
		INSERT INTO displaced (k, cells) VALUES (r.k, stands);
		any_displaced := true;
	END IF;
	-- A key change whose old key has no row was delivered before: the row it
	-- means stands on the new key already.  Without this a stretch delivered
	-- twice would lose cells, which semantics.md rules out.
	source := coalesce(source, stands);
	IF NOT (true = ALL (r.supplied)) THEN
		FOR i IN 1 .. cardinality(cells) LOOP
			IF NOT r.supplied[i] THEN
				cells[i] := CASE WHEN r.op = 'I' THEN NULL ELSE source[i] END;
			END IF;
		END LOOP;
	END IF;
	INSERT INTO live VALUES (r.k, cells)
		ON CONFLICT (k) DO UPDATE SET cells = excluded.cells;
	RETURN any_displaced;
END $$;

-- The records that count at an instant, in the order of the log.
CREATE FUNCTION replayed(at bigint, known bigint, scan bool) RETURNS SETOF change LANGUAGE plpgsql
SET search_path = oracle AS $$
DECLARE
	s setting;
	since bigint;
BEGIN
	SELECT * INTO STRICT s FROM setting;
	IF s.clock = 'commit' THEN
		SELECT min(base.at) - s.skew INTO since FROM base;
		RETURN QUERY SELECT r.* FROM change r
			WHERE (at IS NULL AND known IS NULL
				OR (at IS NULL OR commit_time <= at)
				AND object IN (SELECT files_read(at, known, scan)))
			AND (since IS NULL OR commit_time >= since)
			ORDER BY commit_time, seq, file_time, object, line;
	ELSE
		RETURN QUERY SELECT r.* FROM change r
			WHERE (at IS NULL OR file_time <= at)
			AND (known IS NULL OR file_time <= known)
			AND (s.changes_from IS NULL OR file_time >= s.changes_from)
			ORDER BY CASE WHEN s.by_sequence THEN seq END,
				file_time, object, line;
	END IF;
END $$;

-- Keys that the records of an instant name.
CREATE FUNCTION decided(at bigint, known bigint, scan bool) RETURNS SETOF text LANGUAGE sql
SET search_path = oracle AS $$
	SELECT x FROM replayed(at, known, scan) r,
		LATERAL (VALUES (r.k), (CASE WHEN r.op = 'U' THEN r.bk END)) named(x)
	WHERE x IS NOT NULL GROUP BY x;
$$;

-- Rows of the full load: of a key the first, or all.
CREATE FUNCTION loaded(every bool) RETURNS SETOF base LANGUAGE sql
SET search_path = oracle AS $$
	SELECT * FROM base WHERE every
		OR k IS NULL OR turn IN (SELECT min(turn) FROM base GROUP BY k);
$$;

CREATE FUNCTION forward(nth int, at bigint, known bigint, scan bool) RETURNS void LANGUAGE plpgsql
SET search_path = oracle AS $$
DECLARE
	s setting;
	r change;
	any_displaced bool := false;
	moment bigint;
	now_at bigint;
BEGIN
	SELECT * INTO STRICT s FROM setting;
	-- a full load that is not over: no rows yet
	IF at < (SELECT max(base.at) FROM base) AND s.before_base = 'empty' THEN
		RETURN;
	END IF;
	-- before the full load: the option's answer, whatever changed
	IF at < (SELECT min(base.at) FROM base) THEN
		INSERT INTO forward SELECT nth, cells
			FROM loaded(s.repeats IS DISTINCT FROM 'one')
			WHERE s.before_base = 'base';
		RETURN;
	END IF;
	IF s.keyless THEN
		-- where a sequence tells records apart, repeated ones count once
		INSERT INTO forward SELECT nth, cells FROM base;
		INSERT INTO forward SELECT nth, cells FROM
			(SELECT DISTINCT ON (CASE WHEN seq <> '' THEN seq
				ELSE object || line END) cells
			FROM replayed(at, known, scan)) d;
		RETURN;
	END IF;
	TRUNCATE live, displaced;
	INSERT INTO live SELECT k, cells FROM loaded(false);
	FOR r IN SELECT * FROM replayed(at, known, scan) LOOP
		moment := CASE s.clock WHEN 'commit' THEN r.commit_time
			ELSE r.file_time END;
		IF any_displaced AND moment IS DISTINCT FROM now_at THEN
			DELETE FROM displaced;
			any_displaced := false;
		END IF;
		now_at := moment;
		any_displaced := apply(r, any_displaced);
	END LOOP;
	INSERT INTO forward SELECT nth, cells FROM live;
	IF s.repeats = 'all' THEN
		INSERT INTO forward SELECT nth, cells FROM base
			WHERE turn NOT IN (SELECT turn FROM loaded(false))
			AND k NOT IN (SELECT decided(forward.at, known, scan));
	END IF;
END $$;

RESET search_path;
