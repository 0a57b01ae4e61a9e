// Local time as the C library has it: which offset from UTC, which abbreviation, and
// whether daylight saving holds at a given second. JavaScript's Date knows the offset only
// (and neither isdst nor "CET"), so the zone files are read directly: TZif (RFC 8536),
// whose last line is a POSIX TZ text for the time after the table ends.

import { readFileSync } from "node:fs";

export interface ZoneMoment {
	/** Seconds east of UTC. */
	readonly offset: number;
	readonly isDaylight: boolean;
	readonly abbreviation: string;
}

export interface Zone {
	at(time: number): ZoneMoment;
}

export const UTC_MOMENT: ZoneMoment = { offset: 0, isDaylight: false, abbreviation: "UTC" };
export const SECONDS_PER_DAY = 86400;

/** Days from 1970-01-01 to the given day of the Gregorian calendar; month is 0-11. */
export function daysFromCivil(year: number, month: number, day: number): number {
	// Years run from March here, so that the leap day is a year's last.
	const shifted = month < 2 ? year - 1 : year;
	const era = Math.floor(shifted / 400);
	const yearOfEra = shifted - era * 400;
	const dayOfYear = Math.floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1;
	const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
	return era * 146097 + dayOfEra - 719468;
}

/** The year in which a day (counted from 1970-01-01) lies. */
export function yearOfDay(days: number): number {
	let year = 1970 + Math.floor(days / 365.2425);
	while (daysFromCivil(year, 0, 1) > days) year--;
	while (daysFromCivil(year + 1, 0, 1) <= days) year++;
	return year;
}

export function isLeapYear(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

// -- Finding the zone -------------------------------------------------------------

const ZONE_FOLDER = "/usr/share/zoneinfo";
const SYSTEM_ZONE = "/etc/localtime";

/** The zone that the environment variable TZ names, or the system's when there is none. */
export function loadZone(environment: Readonly<Record<string, string | undefined>>): Zone {
	const setting = environment["TZ"];
	if (setting === undefined) return readZoneFile(SYSTEM_ZONE) ?? { at: () => UTC_MOMENT };
	const name = setting.startsWith(":") ? setting.slice(1) : setting;
	if (name === "") return readZoneFile(`${ZONE_FOLDER}/Universal`) ?? { at: () => UTC_MOMENT };
	const path = name.startsWith("/") ? name : `${environment["TZDIR"] ?? ZONE_FOLDER}/${name}`;
	const fromFile = readZoneFile(path);
	if (fromFile !== undefined) return fromFile;
	const rules = parsePosixZone(name, true);
	if (rules !== undefined) return { at: (time) => momentByRules(rules, time) };
	// glibc takes the name's leading letters and no offset.
	const abbreviation = /^[A-Za-z]{3,}/.exec(name)?.[0] ?? "UTC";
	const moment: ZoneMoment = { offset: 0, isDaylight: false, abbreviation };
	return { at: () => moment };
}

function readZoneFile(path: string): Zone | undefined {
	let bytes: Buffer;
	try {
		bytes = readFileSync(path);
	} catch {
		return undefined;
	}
	return bytes.length > HEADER_SIZE && bytes.toString("latin1", 0, 4) === "TZif"
		? zoneOfBytes(bytes)
		: undefined;
}

// -- TZif --------------------------------------------------------------------------

// Header: magic 4, version 1, unused 15, then six counts of four bytes.
const HEADER_SIZE = 44;
const VERSION_AT = 4;
const COUNTS_AT = 20;
const TYPE_SIZE = 6;

interface Counts {
	readonly utc: number;
	readonly standard: number;
	readonly leaps: number;
	readonly times: number;
	readonly types: number;
	readonly characters: number;
}

function readCounts(bytes: Buffer, start: number): Counts {
	const count = (index: number) => bytes.readUInt32BE(start + COUNTS_AT + 4 * index);
	return {
		utc: count(0),
		standard: count(1),
		leaps: count(2),
		times: count(3),
		types: count(4),
		characters: count(5),
	};
}

function zoneOfBytes(bytes: Buffer): Zone {
	let start = 0;
	let timeSize = 4;
	let counts = readCounts(bytes, 0);
	if (bytes[VERSION_AT]! >= 0x32) {
		// The first block is for readers of 32-bit times; a second one follows.
		start =
			HEADER_SIZE +
			counts.times * (timeSize + 1) +
			counts.types * TYPE_SIZE +
			counts.characters +
			counts.leaps * (timeSize + 4) +
			counts.standard +
			counts.utc;
		timeSize = 8;
		counts = readCounts(bytes, start);
	}
	let at = start + HEADER_SIZE;
	const times: number[] = [];
	for (let i = 0; i < counts.times; i++, at += timeSize) {
		times.push(timeSize === 8 ? Number(bytes.readBigInt64BE(at)) : bytes.readInt32BE(at));
	}
	const typeOf = bytes.subarray(at, at + counts.times);
	at += counts.times;
	const names = at + counts.types * TYPE_SIZE;
	const types: ZoneMoment[] = [];
	for (let i = 0; i < counts.types; i++, at += TYPE_SIZE) {
		const nameStart = names + bytes[at + 5]!;
		types.push({
			offset: bytes.readInt32BE(at),
			isDaylight: bytes[at + 4] !== 0,
			abbreviation: bytes.toString("latin1", nameStart, bytes.indexOf(0, nameStart)),
		});
	}
	const footerStart =
		names + counts.characters + counts.leaps * (timeSize + 4) + counts.standard + counts.utc;
	const footer =
		timeSize === 8 ? bytes.toString("latin1", footerStart + 1, bytes.indexOf(10, footerStart + 1)) : "";
	const rules = footer === "" ? undefined : parsePosixZone(footer, false);
	const earliest = types.find((type) => !type.isDaylight) ?? types[0] ?? UTC_MOMENT;

	const at_ = (time: number): ZoneMoment => {
		const last = times.length - 1;
		if (last < 0 || time < times[0]!) return last < 0 && rules ? momentByRules(rules, time) : earliest;
		if (time >= times[last]!) return rules ? momentByRules(rules, time) : types[typeOf[last]!]!;
		let low = 0;
		let high = last;
		while (high - low > 1) {
			const middle = (low + high) >> 1;
			if (time < times[middle]!) high = middle;
			else low = middle;
		}
		return types[typeOf[low]!]!;
	};
	return { at: at_ };
}

// -- POSIX TZ texts: "CET-1CEST,M3.5.0,M10.5.0/3" -------------------------------------

interface ChangeRule {
	/** "M": week and weekday of a month; "J": day 1-365, February 29 never counted; "D": day 0-365. */
	readonly kind: "M" | "J" | "D";
	readonly month: number;
	readonly week: number;
	readonly day: number;
	/** Seconds after local midnight. */
	readonly seconds: number;
}

interface ZoneRules {
	readonly standard: ZoneMoment;
	readonly daylight: ZoneMoment | undefined;
	readonly start: ChangeRule;
	readonly end: ChangeRule;
}

const NAME = "([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)";
const TIME = "([+-]?\\d{1,3}(?::\\d{1,2}(?::\\d{1,2})?)?)";
const POSIX_ZONE = new RegExp(`^${NAME}${TIME}(?:${NAME}${TIME}?(?:,([^,]+),([^,]+))?)?`);
const CHANGE = new RegExp(`^(?:M(\\d+)\\.(\\d)\\.(\\d)|(J?)(\\d+))(?:/${TIME})?$`);
/** What the C library takes when a text has a daylight name but no rules. */
const DEFAULT_START: ChangeRule = { kind: "M", month: 3, week: 2, day: 0, seconds: 7200 };
const DEFAULT_END: ChangeRule = { kind: "M", month: 11, week: 1, day: 0, seconds: 7200 };

/** `lenient`: a text in the environment may also be a bare name ("UTC"). */
function parsePosixZone(text: string, lenient: boolean): ZoneRules | undefined {
	const match = POSIX_ZONE.exec(text);
	if (match === null) return undefined;
	const [, name, offset, daylightName, daylightOffset, start, end] = match;
	if (!lenient && name === undefined) return undefined;
	const standardOffset = -secondsOf(offset!);
	const standard = momentNamed(name!, standardOffset, false);
	let daylight: ZoneMoment | undefined;
	if (daylightName !== undefined) {
		const seconds = daylightOffset === undefined ? standardOffset + 3600 : -secondsOf(daylightOffset);
		daylight = momentNamed(daylightName, seconds, true);
	}
	return {
		standard,
		daylight,
		start: (start === undefined ? undefined : parseChange(start)) ?? DEFAULT_START,
		end: (end === undefined ? undefined : parseChange(end)) ?? DEFAULT_END,
	};
}

function momentNamed(name: string, offset: number, isDaylight: boolean): ZoneMoment {
	return { offset, isDaylight, abbreviation: name.replace(/[<>]/g, "") };
}

function secondsOf(text: string): number {
	const sign = text.startsWith("-") ? -1 : 1;
	const [hours, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
	return sign * (hours! * 3600 + minutes * 60 + seconds);
}

function parseChange(text: string): ChangeRule | undefined {
	const match = CHANGE.exec(text);
	if (match === null) return undefined;
	const [, month, week, weekday, julian, day, time] = match;
	const seconds = time === undefined ? 7200 : secondsOf(time);
	if (month !== undefined) {
		return { kind: "M", month: Number(month), week: Number(week), day: Number(weekday), seconds };
	}
	return { kind: julian === "J" ? "J" : "D", month: 0, week: 0, day: Number(day), seconds };
}

/** Seconds from 1970 to the rule's moment in `year`, on a clock that shows local time. */
function changeInYear(rule: ChangeRule, year: number): number {
	let day: number;
	switch (rule.kind) {
		case "J":
			day = daysFromCivil(year, 0, 1) + rule.day - 1;
			if (isLeapYear(year) && rule.day >= 60) day++;
			break;
		case "D":
			day = daysFromCivil(year, 0, 1) + rule.day;
			break;
		case "M": {
			const first = daysFromCivil(year, rule.month - 1, 1);
			const next = rule.month === 12 ? daysFromCivil(year + 1, 0, 1) : daysFromCivil(year, rule.month, 1);
			const firstWeekday = (((first + 4) % 7) + 7) % 7;
			day = first + ((rule.day - firstWeekday + 7) % 7) + 7 * (rule.week - 1);
			while (day >= next) day -= 7; // week 5 means the last one
			break;
		}
	}
	// glibc counts the days up to the year in an int, which wraps.
	const yearStart = daysFromCivil(year, 0, 1);
	return (day - yearStart + (yearStart | 0)) * SECONDS_PER_DAY + rule.seconds;
}

function momentByRules(rules: ZoneRules, time: number): ZoneMoment {
	const { standard, daylight } = rules;
	if (daylight === undefined) return standard;
	// glibc lets the changes of years before 1970 fall into 1970.
	const year = Math.max(1970, yearOfDay(Math.floor(time / SECONDS_PER_DAY)));
	const start = changeInYear(rules.start, year) - standard.offset;
	const end = changeInYear(rules.end, year) - daylight.offset;
	const isDaylight = start > end ? time < end || time >= start : time >= start && time < end;
	return isDaylight ? daylight : standard;
}
