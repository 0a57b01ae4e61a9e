// os.date and os.time against lua5.1: the same times, formats and zones on both sides.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import {
	fieldsOfTime,
	formatDate,
	GREENWICH,
	secondsOfFields,
	TimeMaker,
	type WantedTime,
} from "../../src/stdlib/date.ts";
import { loadZone } from "../../src/stdlib/time-zone.ts";

const skip = spawnSync("lua5.1", ["-v"]).error ? "lua5.1 is not installed" : false;

const ZONES = [
	undefined,
	"",
	"UTC",
	"Europe/Berlin",
	"America/New_York",
	"Australia/Lord_Howe",
	"Europe/Dublin",
	"Asia/Kolkata",
	"America/Sao_Paulo",
	"Africa/Casablanca",
	"Pacific/Apia",
	"EST5EDT",
	"XYZ-3",
	"AAA+4:30BBB,M3.5.0,M10.5.0/3",
	"AAA-10BBB,M10.1.0,M4.1.0/3",
	"<+0330>-3:30",
	"AAA3BBB,J60/0,J300/12:30",
	"AAA3BBB,59,300",
	"Nowhere/Special",
	":Europe/Paris",
];
const CONVERSIONS = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%EONQ+-_0^#3579";

/** A small generator with a fixed seed: a failure can be looked at again. */
function generator(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

function runLua(script: string, zone: string | undefined): string {
	const env: Record<string, string> = { PATH: process.env["PATH"] ?? "" };
	if (zone !== undefined) env["TZ"] = zone;
	const result = spawnSync("lua5.1", ["-"], { input: script, env, encoding: "latin1", maxBuffer: 1 << 28 });
	assert.equal(result.stderr, "");
	return result.stdout;
}

function differences(actual: string, expected: string): string[] {
	const expectedParts = expected.split(/[|\t]/);
	return actual
		.split(/[|\t]/)
		.map((part, index) => `${part} / ${expectedParts[index]}`)
		.filter((pair) => new Set(pair.split(" / ")).size > 1);
}

function someTimes(): number[] {
	const random = generator(7);
	const times = [0, -1, 1, 86399, 86400, 951782400, 2147483647, 2147483648, -2147483648, 253402300800];
	times.push(-62135596800, -62167219200, -62167219201, 4e11, -6e10, 253402300799);
	for (let i = 0; i < 300; i++) times.push(random(2 ** 31) + random(2) * 2 ** 31 - 2 ** 30);
	for (let i = 0; i < 50; i++) times.push(random(1e9) * 400 - 2e11);
	// Around every change of clocks of some years.
	for (let day = 0; day < 366; day++) times.push(1700000000 + day * 86400, 3700000000 + day * 86400);
	return times;
}

describe("os.date", { skip }, () => {
	for (const zoneName of ZONES) {
		it(`gives every conversion as native does, TZ=${zoneName}`, () => {
			const times = someTimes();
			const format = [...CONVERSIONS].map((letter) => `${letter}=%${letter}`).join("|");
			const script = `for t in ("${times.join(" ")}"):gmatch("%S+") do t = tonumber(t)
				local p = os.date("*t", t)
				print(os.date("${format}", t), os.date("!${format}", t), p.sec, p.min, p.hour, p.day, p.month, p.year, p.wday, p.yday, p.isdst)
				io.write("\\0") end`;
			const expected = runLua(script, zoneName).split("\n\0");
			const zone = loadZone({ TZ: zoneName });
			const maker = new TimeMaker(zone);
			times.forEach((time, index) => {
				const local = fieldsOfTime(time, zone.at(time))!;
				const greenwich = fieldsOfTime(time, GREENWICH)!;
				const seconds = (fields: typeof local) => secondsOfFields(maker, fields);
				const parts = [
					local.second,
					local.minute,
					local.hour,
					local.day,
					local.month + 1,
					local.year,
					local.weekday + 1,
					local.yearDay + 1,
					local.zone.isDaylight,
				];
				const actual = [formatDate(format, local, seconds), formatDate(format, greenwich, seconds), ...parts];
				// Compared piece by piece: a failure then shows one conversion.
				assert.deepEqual(differences(actual.join("\t"), expected[index]!), [], `time ${time}`);
			});
		});
	}
});

describe("os.time", { skip }, () => {
	for (const zoneName of ZONES) {
		it(`normalises as native does, TZ=${zoneName}`, () => {
			const random = generator(11);
			const wanted: WantedTime[] = [];
			for (let i = 0; i < 1500; i++) {
				const wild = i % 3 === 0;
				wanted.push({
					year: wild ? 1800 + random(500) : 2015 + random(40),
					month: wild ? random(60) - 30 : random(12),
					day: wild ? random(400) - 200 : 1 + random(31),
					hour: wild ? random(100) - 50 : random(24),
					minute: wild ? random(200) - 100 : random(60),
					second: wild ? random(200) - 100 : 0,
					isDaylight: [undefined, true, false][i % 7 > 2 ? 0 : i % 7],
				});
			}
			// Every half hour around changes of clocks.
			for (let day = 80; day < 92; day++) {
				for (let half = 0; half < 10; half++) {
					for (const month of [0, 3, 7]) {
						wanted.push({
							year: 2023,
							month,
							day,
							hour: 0,
							minute: half * 30,
							second: 0,
							isDaylight: undefined,
						});
					}
				}
			}
			const script = wanted
				.map(
					(w) =>
						`print(os.time{year=${w.year},month=${w.month + 1},day=${w.day},hour=${w.hour},min=${w.minute},sec=${w.second},isdst=${w.isDaylight ?? "nil"}})`,
				)
				.join("\n");
			const expected = runLua(script, zoneName).trim().split("\n");
			const maker = new TimeMaker(loadZone({ TZ: zoneName }));
			wanted.forEach((w, index) => {
				const time = maker.make(w);
				assert.equal(
					String(time ?? "nil"),
					String(Number(expected[index]) || expected[index]),
					JSON.stringify(w),
				);
			});
		});
	}
});
