// Runs the contenders: checks that all answer alike, picks the fastest form
// where one has several, then takes everything in turn, round after round, and
// prints the table.  Called by bench.sh; argument: a file for the table.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cells, contenders, queries, setWanted } from "./queries.mjs";

const env = process.env;
const work = env.BENCH_WORK;
const rounds = Number(env.BENCH_ROUNDS);
const here = dirname(fileURLToPath(import.meta.url));
const wanted = readFileSync(join(work, "wanted"), "utf8").trim().split("\n");
const unchanged = readFileSync(join(work, "unchanged"), "utf8").trim();
const postmaster = readFileSync(join(work, "data/postmaster.pid"), "utf8")
	.split("\n")[0];
let duckVersion = "";

setWanted(wanted, unchanged);

function chosen(all, names) {
	if (names === "all")
		return all;
	for (const name of names.split(","))
		if (!all.some((one) => one.name === name))
			throw new Error(`there is no ${name}; there are ` +
				all.map((one) => one.name).join(", "));
	return all.filter((one) => names.split(",").includes(one.name));
}

function command(program, args, input) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args);
		let out = "", err = "";

		child.stdout.on("data", (data) => { out += data; });
		child.stderr.on("data", (data) => { err += data; });
		child.on("error", reject);
		child.on("close", (code) => code === 0 ? resolve(out) :
			reject(new Error(`${program} failed: ${err}\n${input}`)));
		child.stdin.end(input);
	});
}

// Peak memory of a backend with its workers, looked at while they live.  What
// they share is divided between them, so that it counts once.
function watchMemory(peak) {
	const list = `/proc/${postmaster}/task/${postmaster}/children`;

	return setInterval(() => {
		let sum = 0;

		for (const pid of readFileSync(list, "utf8").trim().split(" ")) {
			try {
				const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
				if (!/parallel worker|\[local\]/.test(line))
					continue;
				const sizes = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
				sum += Number(/^Pss:\s*(\d+)/m.exec(sizes)[1]);
			} catch {
				// it ended meanwhile
			}
		}
		peak.kb = Math.max(peak.kb, sum);
	}, 50);
}

function psql(input) {
	return command(env.BENCH_PSQL, ["-X", "-q", "-A", "-t", "-v",
		"ON_ERROR_STOP=1", "-h", join(work, "socket"), "-p", "5432", "-U",
		"postgres"], input);
}

function settings(contender, sql) {
	return `SET work_mem = '${env.BENCH_WORK_MEM}';\n` +
		contender.before + (sql.before ?? "");
}

async function runPostgres(contender, sql, text) {
	const peak = { kb: 0 };
	const watch = contender.workers || contender.mayWork ?
		watchMemory(peak) : undefined;
	const out = await psql(settings(contender, sql) +
		"SELECT pg_backend_pid() AS backend \\gset\n" +
		"\\setenv BACKEND :backend\n\\timing on\n" + text + ";\n" +
		"\\timing off\n\\! grep VmHWM /proc/$BACKEND/status\n");

	clearInterval(watch);
	return {
		answer: out.slice(0, out.indexOf("\nTime: ")),
		seconds: Number(/^Time: ([\d.]+) ms/m.exec(out)[1]) / 1000,
		peak: Math.max(peak.kb, Number(/^VmHWM:\s*(\d+)/m.exec(out)[1])),
	};
}

async function runDuck(contender, text) {
	const job = { text, before: ["CREATE TABLE wanted AS SELECT * FROM (VALUES " +
		wanted.map((key) => `(${key}::BIGINT)`).join(", ") + ") AS v(id)"] };
	const out = JSON.parse(await command(process.execPath,
		[join(here, "duck.mjs"), String(contender.threads)],
		JSON.stringify(job)));

	duckVersion = out.version;
	return out;
}

// All objects by curl, and nothing else; text: its configuration.
async function runCurl(text) {
	const began = performance.now();
	const lines = (await command("curl", ["--config", text])).trim().split("\n");
	const seconds = (performance.now() - began) / 1000;
	const bytes = lines.map((line) => Number(/^200 (\d+)$/.exec(line)[1]))
		.reduce((sum, one) => sum + one, 0);

	if (bytes !== Number(env.BENCH_BYTES))
		throw new Error(`curl fetched ${bytes} bytes of ${env.BENCH_BYTES}`);
	return { answer: String(bytes), seconds };
}

function run(contender, sql, text) {
	if (contender.kind === "curl")
		return runCurl(text);
	return contender.kind === "duckdb" ? runDuck(contender, text) :
		runPostgres(contender, sql, text);
}

function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length >> 1;

	return sorted.length % 2 ? sorted[half] :
		(sorted[half - 1] + sorted[half]) / 2;
}

async function usesWorkers(contender, { sql, text }) {
	const plan = await psql(settings(contender, sql) + `EXPLAIN ${text};\n`);

	// elsewhere in the plan they are not cdc_fdw's
	return plan.includes("Parallel Foreign Scan");
}

// Every form of every contender once: equal answers, and the fastest form.
async function check(query, taking, notes) {
	const entries = [];
	let first;

	for (const contender of taking) {
		const sql = contender.sql(query);
		if (sql === undefined)
			continue;
		const entry = { contender, sql, runs: [], best: Infinity };
		for (const [form, text] of Object.entries(sql.texts)) {
			const out = await run(contender, sql, text);
			first ??= { answer: out.answer, who: contender.title };
			if (out.answer !== first.answer)
				throw new Error(`${query.title}: ${contender.title} ` +
					`(${form}) answers\n${out.answer}\nbut ${first.who}\n` +
					`${first.answer}\n${text}`);
			if (out.seconds < entry.best)
				Object.assign(entry, { best: out.seconds, form, text });
			console.error(`   ${query.name}: ${contender.title}, ${form}: ` +
				`${out.seconds.toFixed(2)} s, ${megabytes([out]) || "?"} MB`);
		}
		if (contender.workers && !await usesWorkers(contender, entry)) {
			notes.add(`${contender.title}: "${query.title}" is planned ` +
				"without workers, and left out");
			continue;
		}
		entries.push(entry);
	}
	return entries;
}

// curl's memory is nobody's concern
function megabytes(runs) {
	return runs[0].peak === undefined ? "" :
		Math.round(median(runs.map((out) => out.peak)) / 1024);
}

function row(query, entry, own) {
	const seconds = entry.runs.map((out) => out.seconds);
	const digits = (value) => value.toFixed(value < 0.1 ? 4 : 2);
	const ratio = own ? median(seconds) / own : NaN;

	return `| ${query.title} | ${entry.contender.title}` +
		`${Object.keys(entry.sql.texts).length > 1 ? ` (${entry.form})` : ""}` +
		` | ${digits(median(seconds))} | ${digits(Math.min(...seconds))} to ` +
		`${digits(Math.max(...seconds))} | ` +
		`${Number.isNaN(ratio) ? "" : ratio.toFixed(ratio < 0.1 ? 4 : 2)} | ` +
		`${megabytes(entry.runs)} |`;
}

async function machine(began) {
	const server = (await psql("SHOW server_version;")).trim();
	const load = (values) => values.map((v) => v.toFixed(1)).join(" ");
	const size = (await command("du", ["-smc", join(work, "log/plain"),
		join(work, "log/gz")])).split("\n").map((line) => line.split("\t")[0]);

	return [
		`Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
		`Machine: ${cpus()[0].model}, ${cpus().length} cores, ` +
			`${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
		`Load average (1, 5, 15 minutes) before: ${load(began)}; ` +
			`after: ${load(loadavg())}`,
		`Versions: PostgreSQL ${server}, DuckDB ${duckVersion}, ` +
			`node ${process.version}`,
		`Log: ${env.BENCH_BASE} base rows, ${env.BENCH_FILES} files of ` +
			`${env.BENCH_CHANGES} changes; ${size[0]} MB, gzipped ${size[1]} MB`,
		`Settings: work_mem ${env.BENCH_WORK_MEM}, shared_buffers 128MB, ` +
			`jit off; ${rounds} rounds`,
	];
}

const asked = chosen(queries, env.BENCH_QUERIES);
const taking = chosen(contenders, env.BENCH_CONTENDERS);
const began = loadavg();
const notes = new Set();
const contest = [];

console.error("== checking that all answer alike");
await check(cells, taking.filter((one) => one.name !== "duck1"), notes);
for (const query of asked)
	contest.push({ query, entries: await check(query, taking, notes) });
for (let round = 1; round <= rounds; round++) {
	console.error(`== round ${round} of ${rounds}`);
	for (const { entries } of contest)
		for (const entry of entries)
			entry.runs.push(await run(entry.contender, entry.sql, entry.text));
}

const lines = (await machine(began)).map((line) => `- ${line}`);
for (const note of notes)
	lines.push(`- ${note}`);
lines.push("", "| query | contender | seconds | least to most | " +
	"times cdc_fdw | peak MB |", "|---|---|---:|---:|---:|---:|");
for (const { query, entries } of contest) {
	const own = entries.find((entry) => entry.contender.name === "cdc");
	for (const entry of entries)
		lines.push(row(query, entry, own &&
			median(own.runs.map((out) => out.seconds))));
}
console.log(lines.join("\n"));
writeFileSync(process.argv[2], lines.join("\n") + "\n");
