// The os library (Lua 5.1 §5.8). What needs the operating system beyond its clock
// (processes, files, the end of the program) comes from the command line; a sandbox
// leaves it out.

import { builtinError, index, type LuaState, LuaTable, type LuaValue, toNumber } from "../engine/api.ts";
import {
	checkCString,
	checkNumber,
	checkOption,
	checkString,
	checkTable,
	optInt,
	optNumber,
	optString,
	toInt,
	toInteger,
} from "./arguments.ts";
import { type DateFields, fieldsOfTime, formatDate, GREENWICH, secondsOfFields, TimeMaker } from "./date.ts";
import { readVariable } from "./environment.ts";
import { registerLibrary } from "./library.ts";
import { loadZone, type Zone } from "./time-zone.ts";

/** What os.execute and its like do; "nil, message, number" for a failure. */
export interface SystemCalls {
	execute(command: string | undefined): number;
	exit(status: number): never;
	remove(path: string): readonly LuaValue[];
	rename(from: string, to: string): readonly LuaValue[];
	temporaryName(): string | undefined;
}

const LOCALE_CATEGORIES = ["all", "collate", "ctype", "monetary", "numeric", "time"];
const DEFAULT_HOUR = 12;

/** Zone and mktime's memory, read from the environment when first needed. */
class LocalTime {
	private loaded: { zone: Zone; maker: TimeMaker } | undefined = undefined;

	private get(): { zone: Zone; maker: TimeMaker } {
		if (this.loaded === undefined) {
			const zone = loadZone(process.env);
			this.loaded = { zone, maker: new TimeMaker(zone) };
		}
		return this.loaded;
	}

	get zone(): Zone {
		return this.get().zone;
	}

	get maker(): TimeMaker {
		return this.get().maker;
	}
}

/** A field of os.time's table as a C int; `otherwise` is used for a missing one, if given. */
function numberField(table: LuaTable, name: string, otherwise: number | undefined): number {
	const value = toNumber(index(table, name));
	if (value !== undefined) return toInt(value);
	if (otherwise === undefined) throw builtinError(`field '${name}' missing in date table`);
	return otherwise;
}

function dateTable(fields: DateFields): LuaTable {
	const table = LuaTable.sized(0, 9);
	table.setStr("sec", fields.second);
	table.setStr("min", fields.minute);
	table.setStr("hour", fields.hour);
	table.setStr("day", fields.day);
	table.setStr("month", fields.month + 1);
	table.setStr("year", fields.year);
	table.setStr("wday", fields.weekday + 1);
	table.setStr("yday", fields.yearDay + 1);
	table.setStr("isdst", fields.zone.isDaylight);
	return table;
}

function now(): number {
	return Math.floor(Date.now() / 1000);
}

/** `cpuStart`: the CPU time that os.clock counts from, if not from the process's start. */
export function openOs(state: LuaState, system?: SystemCalls, cpuStart?: NodeJS.CpuUsage): LuaTable {
	const local = new LocalTime();
	const calls = (): SystemCalls => {
		if (system === undefined) throw builtinError("not available in this program");
		return system;
	};

	return registerLibrary(state, "os", {
		clock: () => {
			const { user, system: kernel } = process.cpuUsage(cpuStart);
			return (user + kernel) / 1e6;
		},
		date: function (format, time) {
			const wanted = optString(format, 1, "%c");
			const seconds = time === undefined ? now() : toInteger(checkNumber(time, 2, arguments.length));
			const isGreenwich = wanted.startsWith("!");
			const text = isGreenwich ? wanted.slice(1) : wanted;
			const fields = fieldsOfTime(seconds, isGreenwich ? GREENWICH : local.zone.at(seconds));
			if (fields === undefined) return undefined;
			if (text === "*t" || text.startsWith("*t\0")) return dateTable(fields);
			return formatDate(text, fields, (shown) => secondsOfFields(local.maker, shown));
		},
		difftime: function (later, earlier) {
			// As compiled, C evaluates the last argument first; errors show it.
			const from = toInteger(optNumber(earlier, 2, 0));
			return toInteger(checkNumber(later, 1, arguments.length)) - from;
		},
		execute: (command) => calls().execute(optString(command, 1, undefined)),
		exit: (status) => calls().exit(optInt(status, 1, 0)),
		getenv: function (name) {
			return readVariable(checkString(name, 1, arguments.length));
		},
		remove: function (path) {
			return calls().remove(checkString(path, 1, arguments.length));
		},
		rename: function (from, to) {
			const given = arguments.length;
			return calls().rename(checkString(from, 1, given), checkString(to, 2, given));
		},
		setlocale: function (name, category) {
			const locale = name === undefined ? undefined : checkCString(name, 1, 1);
			checkOption(category, 2, arguments.length, LOCALE_CATEGORIES, "all");
			// The C locale is the only one here.
			return locale === undefined || ["", "C", "POSIX"].includes(locale) ? "C" : undefined;
		},
		time: function (t) {
			if (t === undefined) return now();
			const table = checkTable(t, 1, arguments.length);
			const second = numberField(table, "sec", 0);
			const minute = numberField(table, "min", 0);
			const hour = numberField(table, "hour", DEFAULT_HOUR);
			const day = numberField(table, "day", undefined);
			// struct tm has ints: month - 1 and year - 1900, which may wrap.
			const month = (numberField(table, "month", undefined) - 1) | 0;
			const year = ((numberField(table, "year", undefined) - 1900) | 0) + 1900;
			const daylight = index(table, "isdst");
			const isDaylight = daylight === undefined ? undefined : daylight !== false;
			const made = local.maker.make({ second, minute, hour, day, month, year, isDaylight });
			// C cannot tell this second from a failure.
			return made === -1 ? undefined : made;
		},
		tmpname: () => {
			const name = calls().temporaryName();
			if (name === undefined) throw builtinError("unable to generate a unique filename");
			return name;
		},
	});
}
