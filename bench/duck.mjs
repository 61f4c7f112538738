// One query of DuckDB in a process of its own, so that its peak memory is the
// query's.  Argument: threads.  Standard input: {before: [SQL], text: SQL}.
// Standard output: {answer, seconds, peak in kB, version}.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const job = JSON.parse(readFileSync(0, "utf8"));
const instance = await DuckDBInstance.create(":memory:",
	{ threads: process.argv[2] });
const connection = await instance.connect();

for (const text of job.before)
	await connection.run(text);
const began = performance.now();
const reader = await connection.runAndReadAll(job.text);
const seconds = (performance.now() - began) / 1000;
const version = await connection.runAndReadAll("SELECT version()");
const status = readFileSync("/proc/self/status", "utf8");

console.log(JSON.stringify({
	answer: reader.getRowsJson().map((row) =>
		row.map((cell) => cell ?? "").join("|")).join("\n"),
	seconds,
	peak: Number(/^VmHWM:\s*(\d+)/m.exec(status)[1]),
	version: version.getRowsJson()[0][0],
}));
