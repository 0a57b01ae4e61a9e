/**
 * Dates as mw.language's formatDate writes them: MediaWiki's own format codes (Language::sprintfDate) in the
 * Gregorian, Thai and Minguo calendars.
 */
import { MONTH_NAMES, MONTHS, WEEKDAY_NAMES } from "./date-reader.ts";

/** What a format needs of the language. Keys are those of MediaWiki's messages. */
export interface DateWords {
	message(key: string): string;
	/** Digits as the language writes them. */
	digits(text: string): string;
	/** For a code that is not supported. */
	unsupported(code: string): never;
}

/** A date in some time zone: the fields that a clock there shows. */
export interface LocalDate {
	readonly year: number;
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
	readonly zone: string;
	readonly abbreviation: string;
	readonly offsetMinutes: number;
	readonly isSummerTime: boolean;
}

export function localDate(date: Date, zone: string): LocalDate {
	const shifted = new Date(date.getTime() + offsetAt(date, zone) * 60_000);
	const offsetMinutes = offsetAt(date, zone);
	const winter = Math.min(
		offsetAt(new Date(Date.UTC(shifted.getUTCFullYear(), 0, 1)), zone),
		offsetAt(new Date(Date.UTC(shifted.getUTCFullYear(), 6, 1)), zone),
	);
	return {
		year: shifted.getUTCFullYear(),
		month: shifted.getUTCMonth() + 1,
		day: shifted.getUTCDate(),
		hour: shifted.getUTCHours(),
		minute: shifted.getUTCMinutes(),
		second: shifted.getUTCSeconds(),
		zone,
		abbreviation: zone === "UTC" ? "UTC" : zoneName(date, zone),
		offsetMinutes,
		isSummerTime: offsetMinutes > winter,
	};
}

function offsetAt(date: Date, zone: string): number {
	if (zone === "UTC") return 0;
	const parts = new Intl.DateTimeFormat("en-US", {
		timeZone: zone,
		timeZoneName: "longOffset",
	}).formatToParts(date);
	const text = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
	const [, sign, hours = "0", minutes = "0"] = /([+-])(\d+):(\d+)/.exec(text) ?? [];
	return (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
}

function zoneName(date: Date, zone: string): string {
	const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" }).formatToParts(
		date,
	);
	return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

const MONTH_KEYS = [...MONTH_NAMES.slice(0, 4), "may_long", ...MONTH_NAMES.slice(5)];
const WEEKDAY_KEYS = WEEKDAY_NAMES.map((name) => name.slice(0, 3));
const DAY_MS = 86_400_000;

function two(value: number): string {
	return String(value).padStart(2, "0");
}

/** Day of the year from 0, and the ISO week with its year. */
function calendar({ year, month, day }: LocalDate) {
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	const firstDay = new Date(0);
	firstDay.setUTCFullYear(year, 0, 1);
	const weekday = date.getUTCDay();
	const thursday = new Date(date.getTime() + (4 - (weekday || 7)) * DAY_MS);
	const isoYear = thursday.getUTCFullYear();
	const isoFirst = new Date(0);
	isoFirst.setUTCFullYear(isoYear, 0, 1);
	const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
	return {
		weekday,
		dayOfYear: Math.round((date.getTime() - firstDay.getTime()) / DAY_MS),
		isoYear,
		isoWeek: Math.floor((thursday.getTime() - isoFirst.getTime()) / DAY_MS / 7) + 1,
		isLeap,
		daysInMonth: [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!,
	};
}

// -- Codes -----------------------------------------------------------------------------------

/** Language::sprintfDate; `format` is Unicode. */
export function formatDate(format: string, date: LocalDate, words: DateWords): string {
	const writer = new DateWriter(date, words);
	const characters = [...format];
	for (let p = 0; p < characters.length; p++) {
		let code = characters[p]!;
		if (code === "x" && p < characters.length - 1) code += characters[++p]!;
		if (/^x[ijkmot]$/.test(code) && p < characters.length - 1) code += characters[++p]!;
		if (code === "\\") {
			writer.text(p < characters.length - 1 ? characters[++p]! : "\\");
		} else if (code === '"') {
			const end = characters.indexOf('"', p + 1);
			if (end < 0) writer.text('"');
			else {
				writer.text(characters.slice(p + 1, end).join(""));
				p = end;
			}
		} else if (!writer.code(code)) writer.text(characters[p]!);
	}
	return writer.output;
}

class DateWriter {
	output = "";
	readonly #date: LocalDate;
	readonly #words: DateWords;
	#isRaw = false;
	#isRawOn = false;
	#isRoman = false;

	constructor(date: LocalDate, words: DateWords) {
		this.#date = date;
		this.#words = words;
	}

	text(text: string): void {
		this.output += text;
	}

	#number(value: number | string): boolean {
		const text = String(value);
		if (this.#isRawOn || this.#isRaw) {
			this.output += text;
			this.#isRaw = false;
		} else if (this.#isRoman) {
			this.output += roman(Number.parseInt(text, 10));
			this.#isRoman = false;
		} else this.output += /^[\d.]+$/.test(text) ? this.#words.digits(text) : text;
		return true;
	}

	#message(key: string): boolean {
		this.output += this.#words.message(key);
		return true;
	}

	#plain(text: string): boolean {
		this.output += text;
		return true;
	}

	/** False for what is no code. */
	code(code: string): boolean {
		const { year, month, day, hour, minute, second } = this.#date;
		const fullYear = String(year).padStart(4, "0");
		switch (code) {
			case "xx":
				return this.#plain("x");
			case "xn":
				this.#isRaw = true;
				return true;
			case "xN":
				this.#isRawOn = !this.#isRawOn;
				return true;
			case "xr":
				this.#isRoman = true;
				return true;
			case "xg":
				return this.#message(`${MONTH_NAMES[month - 1]}-gen`);
			case "d":
				return this.#number(two(day));
			case "D":
				return this.#message(WEEKDAY_KEYS[calendar(this.#date).weekday]!);
			case "j":
				return this.#number(day);
			case "l":
				return this.#message(WEEKDAY_NAMES[calendar(this.#date).weekday]!);
			case "F":
				return this.#message(MONTH_KEYS[month - 1]!);
			case "m":
				return this.#number(two(month));
			case "M":
				return this.#message(MONTHS[month - 1]!);
			case "n":
				return this.#number(month);
			case "Y":
				return this.#number(fullYear);
			case "xkY":
				return this.#number(year + 543);
			case "xoY":
				return this.#number(year - 1911);
			case "y":
				return this.#number(fullYear.slice(-2));
			case "a":
				return this.#plain(hour < 12 ? "am" : "pm");
			case "A":
				return this.#plain(hour < 12 ? "AM" : "PM");
			case "g":
				return this.#number(hour % 12 || 12);
			case "G":
				return this.#number(hour);
			case "h":
				return this.#number(two(hour % 12 || 12));
			case "H":
				return this.#number(two(hour));
			case "i":
				return this.#number(two(minute));
			case "s":
				return this.#number(two(second));
			default:
				return this.#calendarCode(code, fullYear);
		}
	}

	#calendarCode(code: string, fullYear: string): boolean {
		const { month, day, hour, minute, second, zone, abbreviation, offsetMinutes } = this.#date;
		const facts = calendar(this.#date);
		const offset = (separator: string): string =>
			`${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offsetMinutes) / 60))}${separator}${two(Math.abs(offsetMinutes) % 60)}`;
		const clock = `${two(hour)}:${two(minute)}:${two(second)}`;
		switch (code) {
			case "c":
				return this.#plain(`${fullYear}-${two(month)}-${two(day)}T${clock}${offset(":")}`);
			case "r": {
				const names = [WEEKDAY_KEYS[facts.weekday]!, MONTHS[month - 1]!].map(
					(name) => name[0]!.toUpperCase() + name.slice(1),
				);
				return this.#plain(`${names[0]}, ${two(day)} ${names[1]} ${fullYear} ${clock} ${offset("")}`);
			}
			case "e":
				return this.#plain(zone);
			case "O":
				return this.#plain(offset(""));
			case "P":
				return this.#plain(offset(":"));
			case "T":
				return this.#plain(abbreviation);
			case "w":
				return this.#number(facts.weekday);
			case "N":
				return this.#number(facts.weekday || 7);
			case "z":
				return this.#number(facts.dayOfYear);
			case "W":
				return this.#number(two(facts.isoWeek));
			case "t":
				return this.#number(facts.daysInMonth);
			case "L":
				return this.#number(facts.isLeap ? 1 : 0);
			case "o":
				return this.#number(facts.isoYear);
			case "U": {
				const time = new Date(0);
				time.setUTCFullYear(this.#date.year, month - 1, day);
				time.setUTCHours(hour, minute, second);
				return this.#number(time.getTime() / 1000 - offsetMinutes * 60);
			}
			case "I":
				return this.#number(this.#date.isSummerTime ? 1 : 0);
			case "Z":
				return this.#number(offsetMinutes * 60);
			case "xh":
			case "xjx":
			case "xij":
			case "xmj":
			case "xjj":
			case "xiF":
			case "xmF":
			case "xjF":
			case "xin":
			case "xmn":
			case "xjn":
			case "xjt":
			case "xiY":
			case "xmY":
			case "xjY":
			case "xtY":
			case "xiy":
			case "xit":
			case "xiz":
				return this.#words.unsupported(code);
			default:
				return false;
		}
	}
}

const ROMAN: readonly (readonly [number, string])[] = [
	...([
		[1000, "M"],
		[900, "CM"],
		[500, "D"],
		[400, "CD"],
		[100, "C"],
		[90, "XC"],
		[50, "L"],
	] as const),
	...([
		[40, "XL"],
		[10, "X"],
		[9, "IX"],
		[5, "V"],
		[4, "IV"],
		[1, "I"],
	] as const),
];

const MAX_ROMAN = 10_000;

function roman(value: number): string {
	if (value > MAX_ROMAN || value <= 0) return String(value);
	let rest = value;
	let text = "";
	for (const [amount, letters] of ROMAN) {
		text += letters.repeat(Math.floor(rest / amount));
		rest %= amount;
	}
	return text;
}
