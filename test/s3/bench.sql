-- What a client of test/t/CdcLoad.pm does, and the truth it is held to.
CREATE SCHEMA bench;

-- a file's last instant: nothing after it is told of in it
CREATE TABLE bench.file (log text, n int, until timestamptz,
	uploaded boolean DEFAULT false, PRIMARY KEY (log, n));
CREATE TABLE bench.change (log text, op text, id int, v int, at timestamptz);
CREATE INDEX ON bench.change (log, at);
CREATE TABLE bench.version (log text, id int, v int, valid_from timestamptz,
	valid_to timestamptz DEFAULT 'infinity');
CREATE INDEX ON bench.version (log, id);
CREATE TABLE bench.pin (name text, slot int, log text, at timestamptz);
CREATE SEQUENCE bench.pins;
CREATE TABLE bench.result (kind text, slot int, log text, at timestamptz,
	began timestamptz, ended timestamptz, answer text, truth text[], error text);

-- The versions that the changes of a file end and begin.
CREATE FUNCTION bench.follow(of text, which int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	c bench.change;
BEGIN
	FOR c IN SELECT * FROM bench.change
		WHERE log = of AND at >= (SELECT until FROM bench.file WHERE log = of AND n = which - 1)
		ORDER BY at
	LOOP
		UPDATE bench.version SET valid_to = c.at
			WHERE log = of AND id = c.id AND valid_to = 'infinity';
		IF c.op <> 'D' THEN
			INSERT INTO bench.version VALUES (of, c.id, c.v, c.at);
		END IF;
	END LOOP;
END $$;

-- How many rows, and which, in one text.
CREATE FUNCTION bench.answer(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT count(*) || '':'' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM (%s) t', query)
		INTO answer;
	RETURN answer;
END $$;

-- The truth: rows at an instant.
CREATE FUNCTION bench.state(of text, instant timestamptz)
RETURNS TABLE (id int, v int)
LANGUAGE sql STABLE AS $$
	SELECT id, v FROM bench.version
	WHERE log = of AND valid_from <= instant AND valid_to > instant
$$;

-- An instant whose truth is known, as often one of the last files as any.
CREATE FUNCTION bench.instant(of text) RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
	SELECT greatest(min(until) - interval '60 s',
		max(until) - CASE WHEN random() < 0.5 THEN random() * interval '3 min'
			ELSE random() * (max(until) - min(until) + interval '60 s') END - interval '1 us')
	FROM bench.file WHERE log = of AND uploaded
$$;

-- The states in which a query may find the log that asks for no instant: with
-- the files from that on which was there when it began.
CREATE FUNCTION bench.states(of text, first int, condition text) RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
	RETURN ARRAY(SELECT bench.answer(format(
			'SELECT * FROM bench.state(%L, %L) WHERE %s', of, until, condition))
		FROM bench.file WHERE log = of AND n >= first);
END $$;

-- The question of a kind and its truth, where that is known before.
CREATE FUNCTION bench.question(kind text, slot int, of text, instant timestamptz,
	OUT foreign_query text, OUT truth text)
LANGUAGE plpgsql AS $$
DECLARE
	t text := format('slot%s.%s', slot, of);
	k int := 1 + random() * 1100;
	state text := format('SELECT id, v FROM bench.state(%L, %L)', of, instant);
	-- not before the full load
	earlier timestamptz := greatest(instant - interval '20 s',
		(SELECT min(until) - interval '60 s' FROM bench.file WHERE log = of));
BEGIN
	CASE kind
		WHEN 'setting', 'pinned' THEN
			foreign_query := format('SELECT id, v FROM %s', t);
			truth := state;
		WHEN 'column' THEN
			foreign_query := format('SELECT id, v FROM %s WHERE at = %L', t, instant);
			truth := state;
		WHEN 'key' THEN
			foreign_query := format('SELECT id, v FROM %s WHERE id = %s', t, k);
			truth := format('%s WHERE id = %s', state, k);
		WHEN 'keys' THEN
			foreign_query := format('SELECT id, v FROM %s WHERE id IN (%s, %s, 17)', t, k, k + 1);
			truth := format('%s WHERE id IN (%s, %s, 17)', state, k, k + 1);
		WHEN 'join' THEN
			foreign_query := format('SELECT p.k, t.v FROM (VALUES (%s, %L::timestamptz), (%s, %L)) p (k, i)'
				' LEFT JOIN %s t ON t.id = p.k AND t.at = p.i', k, instant, k + 1,
				earlier, t);
			truth := format('SELECT p.k, t.v FROM (VALUES (%s, %L::timestamptz), (%s, %L)) p (k, i)'
				' LEFT JOIN LATERAL bench.state(%L, p.i) t ON t.id = p.k', k, instant, k + 1,
				earlier, of);
		WHEN 'history' THEN
			foreign_query := format('SELECT id, v, valid_from, valid_to FROM %s_history', t);
			truth := format('SELECT id, v, valid_from, CASE WHEN valid_to > %2$L THEN ''infinity'' ELSE valid_to END'
				' FROM bench.version WHERE log = %1$L AND valid_from <= %2$L', of, instant);
		WHEN 'changes' THEN
			foreign_query := format('SELECT op, id, v, at FROM %s_changes WHERE at <= %L', t, instant);
			truth := format('SELECT op, id, v, at FROM bench.change WHERE log = %L AND at <= %L', of, instant);
	END CASE;
END $$;

-- A pin of an instant: its own truth is that it was made.
CREATE FUNCTION bench.make_pin(slot int, of text, instant timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	name text := format('p%s', nextval('bench.pins'));
BEGIN
	PERFORM cdc_fdw_pin(name, instant::text, NULL, format('slot%s.%s', slot, of)::regclass);
	INSERT INTO bench.pin VALUES (name, slot, of, instant);
	RETURN 'made';
END $$;

-- One question, asked and kept.
CREATE FUNCTION bench.one(slot int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	r bench.result;
	p bench.pin;
	asked text;
	local_query text;
	known int;
	condition text := 'true';
	state text;
	detail text;
	hint text;
	context text;
BEGIN
	r.kind := (ARRAY['setting', 'setting', 'column', 'key', 'key', 'keys', 'join', 'history',
		'changes', 'pin', 'pinned', 'pinned', 'now', 'now_key'])[1 + floor(random() * 14)];
	r.slot := slot;
	r.log := (ARRAY['plain', 'packed'])[1 + floor(random() * 2)];
	r.at := bench.instant(r.log);
	IF r.kind = 'pinned' THEN
		SELECT * INTO p FROM bench.pin WHERE pin.slot = r.slot ORDER BY random() LIMIT 1;
		IF NOT FOUND THEN
			r.kind := 'pin';
		ELSE
			r.log := p.log;
			r.at := p.at;
		END IF;
	END IF;
	IF r.kind IN ('now', 'now_key') THEN
		IF r.kind = 'now_key' THEN
			condition := format('id = %s', 1 + floor(random() * 1000));
		END IF;
		SELECT max(n) INTO known FROM bench.file WHERE log = r.log AND uploaded;
	ELSIF r.kind <> 'pin' THEN
		SELECT foreign_query, truth INTO asked, local_query
			FROM bench.question(r.kind, slot, r.log, r.at);
		PERFORM set_config('cdc_fdw.asof',
			CASE WHEN r.kind = 'pinned' THEN 'pin:' || p.name
				WHEN r.kind IN ('column', 'join') THEN '' ELSE r.at::text END, true);
		r.truth := ARRAY[bench.answer(local_query)];
	ELSE
		r.truth := ARRAY['made'];
	END IF;
	PERFORM set_config('max_parallel_workers_per_gather', CASE WHEN random() < 0.1 THEN '2' ELSE '0' END, true);
	PERFORM set_config('work_mem', CASE WHEN random() < 0.1 THEN '64kB' ELSE '4MB' END, true);
	r.began := clock_timestamp();
	BEGIN
		r.answer := CASE r.kind
			WHEN 'pin' THEN bench.make_pin(slot, r.log, r.at)
			WHEN 'now' THEN bench.answer(format('SELECT id, v FROM slot%s.%s', slot, r.log))
			WHEN 'now_key' THEN bench.answer(format('SELECT id, v FROM slot%s.%s WHERE %s', slot, r.log, condition))
			ELSE bench.answer(asked) END;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL,
			hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
		r.error := format('ERROR:  %s: %s', state, SQLERRM)
			|| CASE WHEN detail <> '' THEN E'\nDETAIL:  ' || detail ELSE '' END
			|| CASE WHEN hint <> '' THEN E'\nHINT:  ' || hint ELSE '' END
			|| E'\nCONTEXT:  ' || context;
	END;
	r.ended := clock_timestamp();
	IF r.kind IN ('now', 'now_key') AND r.error IS NULL THEN
		r.truth := bench.states(r.log, known, condition);
	END IF;
	INSERT INTO bench.result VALUES (r.*);
END $$;
