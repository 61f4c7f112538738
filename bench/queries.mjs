// What the bench asks, and the SQL each contender is asked it with.
//
// A query has: name; title; agg, a function of the SQL dialect; columns, those
// it needs beside the key; and perhaps only ('key', 'basekey', 'keys'), a part of the log
// (asof, 0 to 1), recent (change records of so many seconds), history (versions),
// gz, or fetch, which only curl answers.  A contender has sql(query), which gives undefined
// where it does not take part, or several texts of which the fastest counts.

const work = process.env.BENCH_WORK;
const files = Number(process.env.BENCH_FILES);
const ALL = ["a", "b", "c", "d", "e", "f", "g"];

const bytes = {
	postgres: (column) => `octet_length(${column})`,
	duckdb: (column) => `strlen(${column})`,
};
const stamp = {
	postgres: (column) => `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`,
	duckdb: (column) => `strftime(${column}, '%Y-%m-%d %H:%M:%S.%f')`,
};
const hexNumber = {
	postgres: (hex) => `('x' || ${hex})::bit(60)::bigint`,
	duckdb: (hex) => `('0x' || ${hex})::bigint`,
};

function three(dialect) {
	return `count(*), sum(a), sum(c), ${stamp[dialect]("max(f)")}`;
}

function everyColumn(dialect) {
	const text = ["b", "d", "e"].map((c) => `sum(${bytes[dialect](c)})`);
	return `count(*), sum(id), sum(a), sum(c), ${text.join(", ")}, ` +
		`${stamp[dialect]("max(f)")}, ${stamp[dialect]("max(g)")}`;
}

// versions, how many of them ended, and how many within an hour
function versions(dialect) {
	const ended = dialect === "duckdb" ? "count(valid_to)" :
		"count(*) FILTER (WHERE valid_to < 'infinity')";

	return `${three(dialect)}, ${ended}, count(*) FILTER ` +
		"(WHERE valid_to < valid_from + interval '1 hour')";
}

// a sum of hashes of whole rows: equal only where every cell is
function everyCell(dialect) {
	const cells = ["id", "a", "coalesce(b, '~')", "c", "coalesce(d, '~')",
		"coalesce(e, '~')", stamp[dialect]("f"), stamp[dialect]("g")];
	const hex = `substr(md5(concat_ws('|', ${cells.join(", ")})), 1, 15)`;
	return `count(*), sum(${hexNumber[dialect](hex)})`;
}

export const queries = [
	{ name: "state", title: "state, three columns", agg: three,
		columns: ["a", "c", "f"] },
	{ name: "all", title: "state, all columns", agg: everyColumn, columns: ALL },
	{ name: "count", title: "count of the state", agg: () => "count(*)",
		columns: [] },
	{ name: "key", title: "one key", agg: everyColumn, columns: ALL,
		only: "key" },
	{ name: "basekey", title: "one key that never changed",
		agg: everyColumn, columns: ALL, only: "basekey" },
	{ name: "keys", title: "100 keys, joined", agg: three,
		columns: ["a", "c", "f"], only: "keys" },
	{ name: "asof10", title: "state at 10 % of the log", agg: three,
		columns: ["a", "c", "f"], asof: 0.1 },
	{ name: "asof90", title: "state at 90 % of the log", agg: three,
		columns: ["a", "c", "f"], asof: 0.9 },
	{ name: "history", title: "history, aggregated", agg: versions,
		columns: ["a", "c", "f"], history: true },
	{ name: "recent", title: "changes of the last hour", agg: three,
		columns: ["a", "c", "f"], recent: 3600 },
	{ name: "gz", title: "state, three columns, gz", agg: three,
		columns: ["a", "c", "f"], gz: true },
	{ name: "fetch", title: "all objects fetched, nothing read", fetch: true },
];

// not timed
export const cells = { name: "cells", title: "every cell", agg: everyCell,
	columns: ALL };

// the instant half a second before a file's commits begin
function instant(part) {
	return (1704067200 + 3600 + Math.round(files * part) * 60 - 0.5) * 1000;
}

// so many seconds before the last commit
function recent(query) {
	return instant(1) - query.recent * 1000;
}

function plainTime(ms) {
	return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

// the name of a change file that was flushed at an instant
function fileName(ms) {
	return new Date(ms).toISOString().replace(/[-:.Z]/g, "").replace("T", "-");
}

let wantedKeys = [], unchangedKey;
export function setWanted(keys, unchanged) {
	wantedKeys = keys;
	unchangedKey = unchanged;
}

// the key of a query for one, or undefined
function oneKey(query) {
	return { key: wantedKeys[0], basekey: unchangedKey }[query.only];
}

function list(...parts) {
	return parts.flat().join(", ");
}

function onTable(query, table) {
	const agg = query.agg("postgres");

	if (query.only === "keys")
		return `SELECT ${agg} FROM wanted JOIN ${table} USING (id)`;
	if (oneKey(query))
		return `SELECT ${agg} FROM ${table} WHERE id = ${oneKey(query)}`;
	return `SELECT ${agg} FROM ${table}`;
}

// on tables whose names begin so
function cdcSql(query, on = "cdc") {
	if (query.fetch)
		return undefined;
	if (query.recent)
		return { texts: { scan: `SELECT ${query.agg("postgres")} FROM ` +
			`${on}_changes WHERE ts >= '${plainTime(recent(query))}+00'` } };
	if (query.history)
		return { texts: { scan:
			`SELECT ${query.agg("postgres")} FROM ${on}_history` } };
	const at = query.asof ?
		`SET cdc_fdw.asof = '${plainTime(instant(query.asof))}+00';\n` : "";

	const table = `${on}_${query.gz ? "gz" : "plain"}`;
	const texts = { scan: onTable(query, table) };

	if (query.only === "keys")
		texts["= ANY (ARRAY(SELECT …))"] = `SELECT ${query.agg("postgres")}` +
			` FROM ${table} WHERE id = ANY (ARRAY(SELECT id FROM wanted))`;
	return { before: at, texts };
}

function heapSql(query) {
	if (query.gz || query.asof || query.fetch)
		return undefined;
	return { texts: { scan: onTable(query, query.recent ? "heap_recent" :
		query.history ? "heap_history" : "heap") } };
}

// Lines are numbered over all files in the order of their names.
function fileSql(query) {
	if (!["state", "key", "cells"].includes(query.name))
		return undefined;
	const columns = query.columns;
	const where = query.only ? ` WHERE id = ${oneKey(query)}` : "";

	return { texts: { "distinct on": `SELECT ${query.agg("postgres")}
 FROM (SELECT DISTINCT ON (id) ${list("op", "id", columns)}
  FROM (SELECT ${list("op", "ts", "id", columns)}, row_number() OVER () AS line
    FROM file_changes
   UNION ALL
   SELECT ${list("'I'", "ts", "id", columns)}, 0 FROM file_load) AS records
   ${where} ORDER BY id, ts DESC, line DESC) AS state
 WHERE op <> 'D'` } };
}

const duckTypes = { op: "VARCHAR", ts: "TIMESTAMP", id: "BIGINT", a: "BIGINT",
	b: "VARCHAR", c: "DECIMAL(10,2)", d: "VARCHAR", e: "VARCHAR",
	f: "TIMESTAMP", g: "TIMESTAMP" };

function readCsv(query, pattern, columns) {
	const folder = `${work}/log/${query.gz ? "gz" : "plain"}/bench/t`;
	const shape = columns.map((c) => `'${c}': '${duckTypes[c]}'`).join(", ");
	let where = [];

	if (oneKey(query))
		where.push(`id = ${oneKey(query)}`);
	if (query.only === "keys")
		where.push("id IN (SELECT id FROM wanted)");
	if (query.asof) {
		const at = instant(query.asof);
		where.push(`ts <= '${plainTime(at)}'`);
		// files close within a minute; ten leave some slack
		if (pattern.startsWith("2"))
			where.push(`filename <= '${folder}/${fileName(at + 600000)}'`);
	}
	return `read_csv('${folder}/${pattern}${query.gz ? ".gz" : ""}', ` +
		"header = false, auto_detect = false, delim = ',', quote = '\"', " +
		`escape = '"', nullstr = '', parallel = true, filename = true, ` +
		`columns = {${shape}})` +
		(where.length ? ` WHERE ${where.join(" AND ")}` : "");
}

// What a careful user would write: the newest record of every key by commit
// time, then file, then line.  read_csv keeps the order of names and lines, so
// one number over all of them says both.  (arg_max over base rows too, without
// the anti join, is slower on a log of the default size.)
function duckSql(query) {
	if (query.fetch)
		return undefined;
	const columns = query.columns;
	const load = readCsv(query, "LOAD*.csv", ["ts", "id", ...ALL]);
	const changes = readCsv(query, "2*.csv", ["op", "ts", "id", ...ALL]);
	const all = list("id", columns);
	const agg = query.agg("duckdb");
	if (query.recent) {
		const from = recent(query);
		const since = `SELECT ${agg} FROM ${changes} WHERE ts >= ` +
			`'${plainTime(from)}'`;
		const folder = `${work}/log/plain/bench/t`;
		return { texts: { "by time": since, "by time and file name":
			`${since} AND filename >= '${folder}/${fileName(from)}'` } };
	}
	const records = `SELECT ${list("op", "ts", "id", columns)},
    row_number() OVER () AS line FROM ${changes}`;
	const both = `${records}
  UNION ALL SELECT ${list("'I'", "ts", "id", columns)}, 0 FROM ${load}`;
	if (query.history)
		return { texts: { lead: `WITH records AS (${both}),
 versions AS (SELECT ${list("op", columns)}, ts AS valid_from,
   lead(ts) OVER (PARTITION BY id ORDER BY ts, line) AS valid_to FROM records)
SELECT ${agg} FROM versions
 WHERE op <> 'D' AND (valid_to IS NULL OR valid_to > valid_from)` } };
	const cell = ["op", ...columns].map((c) => `${c}: ${c}`).join(", ");
	const fields = columns.map((c) => `v.${c} AS ${c}`);
	const newest = `SELECT id, arg_max({${cell}}, {ts: ts, line: line}) AS v`;

	return { texts: {
		"row_number": `WITH records AS (${both}), newest AS (
  SELECT * FROM records QUALIFY
   row_number() OVER (PARTITION BY id ORDER BY ts DESC, line DESC) = 1)
SELECT ${agg} FROM newest WHERE op <> 'D'`,
		"arg_max, anti join": `WITH records AS (${records}),
 newest AS MATERIALIZED (${newest} FROM records GROUP BY id),
 base AS (SELECT ${all} FROM ${load}),
 state AS (SELECT ${list("id", fields)} FROM newest WHERE v.op <> 'D'
  UNION ALL SELECT * FROM base ANTI JOIN newest USING (id))
SELECT ${agg} FROM state`,
	} };
}

// Whoever does not know when files are named reads all of them.
function duckEverySql(query) {
	if (!query.recent)
		return undefined;
	return { texts: { "by time": duckSql(query).texts["by time"] } };
}

const noWorkers = "SET max_parallel_workers_per_gather = 0;\n";
// what makes a plan with workers when there is one
const twoWorkers = "SET max_parallel_workers_per_gather = 2;\n" +
	"SET parallel_setup_cost = 0;\nSET parallel_tuple_cost = 0;\n" +
	"SET min_parallel_table_scan_size = 0;\n";

export const contenders = [
	{ name: "cdc", title: "cdc_fdw", kind: "postgres", sql: cdcSql,
		before: noWorkers },
	{ name: "cdc2", title: "cdc_fdw, 2 workers", kind: "postgres",
		sql: cdcSql, before: twoWorkers, workers: true },
	{ name: "cdc_s3", title: "cdc_fdw, S3", kind: "postgres",
		sql: (query) => cdcSql(query, "s3"), before: noWorkers },
	{ name: "duck1", title: "DuckDB, 1 thread", kind: "duckdb",
		sql: duckSql, threads: 1 },
	{ name: "duck2", title: "DuckDB, 2 threads", kind: "duckdb",
		sql: duckSql, threads: 2 },
	{ name: "duckall", title: "DuckDB, 2 threads, all files", kind: "duckdb",
		sql: duckEverySql, threads: 2 },
	{ name: "file", title: "file_fdw, DISTINCT ON", kind: "postgres",
		sql: fileSql, before: noWorkers },
	{ name: "heap", title: "local table", kind: "postgres", sql: heapSql,
		before: "SET max_parallel_workers_per_gather = 2;\n",
		mayWork: true },
	{ name: "curl", title: "curl, S3", kind: "curl", sql: (query) =>
		query.fetch && { texts: { "32 at a time": `${work}/gets` } } },
];
