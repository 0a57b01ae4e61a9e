// Calendar arithmetic behind os.date and os.time: seconds to fields, fields to seconds
// (C's mktime) and strftime in the C locale. Years are proleptic Gregorian and may be
// anything a C `int` holds.

import { cString } from "../lua51/value.ts";
import {
	daysFromCivil,
	isLeapYear,
	SECONDS_PER_DAY,
	yearOfDay,
	type Zone,
	type ZoneMoment,
} from "./time-zone.ts";

/** C's struct tm, with the full year. */
export interface DateFields {
	readonly second: number;
	readonly minute: number;
	readonly hour: number;
	readonly day: number;
	/** 0-11 */
	readonly month: number;
	readonly year: number;
	/** 0 is Sunday. */
	readonly weekday: number;
	/** 0-365 */
	readonly yearDay: number;
	readonly zone: ZoneMoment;
}

export const GREENWICH: ZoneMoment = { offset: 0, isDaylight: false, abbreviation: "GMT" };

const MAX_YEAR = 2147483647 + 1900;
const MIN_YEAR = -2147483648 + 1900;

/** Remainder with the divisor's sign. */
function modulo(a: number, b: number): number {
	return ((a % b) + b) % b;
}

/** The fields of a time, or undefined when the year is beyond an `int`. */
export function fieldsOfTime(time: number, zone: ZoneMoment): DateFields | undefined {
	const local = time + zone.offset;
	const secondOfDay = modulo(local, SECONDS_PER_DAY);
	const days = (local - secondOfDay) / SECONDS_PER_DAY;
	if (!(Math.abs(days) < 1e12)) return undefined;
	const year = yearOfDay(days);
	if (year > MAX_YEAR || year < MIN_YEAR) return undefined;
	const yearDay = days - daysFromCivil(year, 0, 1);
	let month = 11;
	while (daysFromCivil(year, month, 1) > days) month--;
	return {
		second: secondOfDay % 60,
		minute: Math.floor(secondOfDay / 60) % 60,
		hour: Math.floor(secondOfDay / 3600),
		day: days - daysFromCivil(year, month, 1) + 1,
		month,
		year: year | 0, // C's int wraps when 1900 is added to tm_year
		weekday: modulo(days + 4, 7),
		yearDay,
		zone,
	};
}

/** What os.time is given; fields may lie outside their usual ranges. `month` is 0-11. */
export interface WantedTime {
	readonly year: number;
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
	/** undefined: let the zone decide. */
	readonly isDaylight: boolean | undefined;
}

// How far from the wanted time a period with the asked-for isdst is looked for.
const SEARCH_STEP = 601200;
const SEARCH_LIMIT = 229222804;
const MAX_GUESSES = 6;

/** mktime. It keeps the offset found last, which decides between the two readings of an hour set back. */
export class TimeMaker {
	private lastOffset = 0;
	private readonly zone: Zone;

	constructor(zone: Zone) {
		this.zone = zone;
	}

	/** undefined when there is no such time. */
	make(wanted: WantedTime): number | undefined {
		const month = modulo(wanted.month, 12);
		const year = wanted.year + (wanted.month - month) / 12;
		const days = daysFromCivil(year, month, 1) + wanted.day - 1;
		// glibc asks the zone about the minute; seconds beyond it are added to what comes of that.
		const second = Math.min(Math.max(wanted.second, 0), 59);
		const clock = days * SECONDS_PER_DAY + wanted.hour * 3600 + wanted.minute * 60 + second;
		const found = this.timeOfClock(clock, wanted.isDaylight);
		const time = found + wanted.second - second;
		if (fieldsOfTime(time, this.zone.at(time)) === undefined) return undefined;
		this.lastOffset = clock - found;
		return time;
	}

	private timeOfClock(clock: number, isDaylight: boolean | undefined): number {
		const zone = this.zone;
		let time = clock - this.lastOffset;
		let previous = Number.NaN;
		for (let guess = 0; guess < MAX_GUESSES; guess++) {
			const better = clock - zone.at(time).offset;
			if (better === time) return this.withDaylight(time, clock, isDaylight);
			if (better === previous) {
				// The clock skipped this time: two readings point at each other. "2:30 summer time"
				// is still winter then; without that word the later one counts.
				const lands = isDaylight === undefined ? true : !isDaylight;
				return zone.at(time).isDaylight === lands ? time : better;
			}
			previous = time;
			time = better;
		}
		return time;
	}

	// A clock reading that the caller says is (not) daylight time means another second.
	private withDaylight(time: number, clock: number, isDaylight: boolean | undefined): number {
		const zone = this.zone;
		if (isDaylight === undefined || zone.at(time).isDaylight === isDaylight) return time;
		for (let distance = SEARCH_STEP; distance < SEARCH_LIMIT; distance += SEARCH_STEP) {
			for (const other of [time - distance, time + distance]) {
				const moment = zone.at(other);
				if (moment.isDaylight === isDaylight) return clock - moment.offset;
			}
		}
		// No such period near: the usual hour.
		return isDaylight ? time - 3600 : time + 3600;
	}
}

// -- strftime -------------------------------------------------------------------------

const DAY_NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTH_NAMES = [
	"January",
	"February",
	"March",
	"April",
	"May",
	"June",
	"July",
	"August",
	"September",
	"October",
	"November",
	"December",
];

function padded(value: number, width: number, filler = "0"): string {
	const digits = String(Math.abs(value)).padStart(value < 0 ? width - 1 : width, filler);
	return value < 0 ? `-${digits}` : digits;
}

/** Year and week of ISO 8601: weeks begin on Monday, week 1 has the year's first Thursday. */
function isoWeek(fields: DateFields): { year: number; week: number } {
	const weekday = modulo(fields.weekday + 6, 7);
	const thursday = fields.yearDay - weekday + 3;
	if (thursday < 0) {
		const year = fields.year - 1;
		return { year, week: Math.floor((thursday + daysInYear(year)) / 7) + 1 };
	}
	const length = daysInYear(fields.year);
	if (thursday >= length) return { year: fields.year + 1, week: Math.floor((thursday - length) / 7) + 1 };
	return { year: fields.year, week: Math.floor(thursday / 7) + 1 };
}

function daysInYear(year: number): number {
	return isLeapYear(year) ? 366 : 365;
}

function hour12(hour: number): number {
	return hour % 12 === 0 ? 12 : hour % 12;
}

function formatOffset(offset: number): string {
	const minutes = Math.floor(Math.abs(offset) / 60);
	return `${offset < 0 ? "-" : "+"}${padded(Math.floor(minutes / 60) * 100 + (minutes % 60), 4)}`;
}

/** One conversion, "%" + letter; `toSeconds` is what %s asks. Unknown ones stay as they are. */
export function formatConversion(
	letter: string,
	fields: DateFields,
	toSeconds: (fields: DateFields) => number,
): string {
	const part = (letters: string) =>
		letters.replace(/[A-Za-z]/g, (inner) => formatConversion(inner, fields, toSeconds));
	switch (letter) {
		case "a":
			return DAY_NAMES[fields.weekday]!.slice(0, 3);
		case "A":
			return DAY_NAMES[fields.weekday]!;
		case "b":
		case "h":
			return MONTH_NAMES[fields.month]!.slice(0, 3);
		case "B":
			return MONTH_NAMES[fields.month]!;
		case "c":
			return part("a b e H:M:S Y");
		case "C":
			return String(Math.floor(fields.year / 100));
		case "d":
			return padded(fields.day, 2);
		case "D":
		case "x":
			return part("m/d/y");
		case "e":
			return padded(fields.day, 2, " ");
		case "F":
			return part("Y-m-d");
		case "g":
			return padded(modulo(isoWeek(fields).year, 100), 2);
		case "G":
			return String(isoWeek(fields).year);
		case "H":
			return padded(fields.hour, 2);
		case "I":
			return padded(hour12(fields.hour), 2);
		case "j":
			return padded(fields.yearDay + 1, 3);
		case "k":
			return padded(fields.hour, 2, " ");
		case "l":
			return padded(hour12(fields.hour), 2, " ");
		case "m":
			return padded(fields.month + 1, 2);
		case "M":
			return padded(fields.minute, 2);
		case "n":
			return "\n";
		case "p":
			return fields.hour < 12 ? "AM" : "PM";
		case "P":
			return fields.hour < 12 ? "am" : "pm";
		case "r":
			return part("I:M:S p");
		case "R":
			return part("H:M");
		case "s":
			return String(toSeconds(fields));
		case "S":
			return padded(fields.second, 2);
		case "t":
			return "\t";
		case "T":
		case "X":
			return part("H:M:S");
		case "u":
			return String(fields.weekday === 0 ? 7 : fields.weekday);
		case "U":
			return padded(Math.floor((fields.yearDay - fields.weekday + 7) / 7), 2);
		case "V":
			return padded(isoWeek(fields).week, 2);
		case "w":
			return String(fields.weekday);
		case "W":
			return padded(Math.floor((fields.yearDay - modulo(fields.weekday + 6, 7) + 7) / 7), 2);
		case "y":
			return padded(modulo(fields.year, 100), 2);
		case "Y":
			return String(fields.year);
		case "z":
			return formatOffset(fields.zone.offset);
		case "Z":
			return fields.zone.abbreviation;
		case "%":
			return "%";
		default:
			// A digit alone counts as a width, to which the refused text itself is filled.
			return `%${letter}`.padStart(/[1-9]/.test(letter) ? Number(letter) : 0);
	}
}

/** A whole format, read up to its first zero byte as C does. */
export function formatDate(
	format: string,
	fields: DateFields,
	toSeconds: (fields: DateFields) => number,
): string {
	return cString(format).replace(/%([\s\S])/g, (_, letter: string) =>
		formatConversion(letter, fields, toSeconds),
	);
}

/** %s: the fields read as local time. */
export function secondsOfFields(maker: TimeMaker, fields: DateFields): number {
	const { year, month, day, hour, minute, second, zone } = fields;
	return maker.make({ year, month, day, hour, minute, second, isDaylight: zone.isDaylight }) ?? -1;
}
