/**
 * Dates as mw.language's formatDate reads and writes them: the usual forms of what PHP's DateTime takes,
 * and MediaWiki's own format codes (Language::sprintfDate) in the Gregorian, Thai and Minguo calendars.
 */

/** A date that is valid nowhere, or one that only PHP reads. */
export class DateError extends Error {
	override readonly name = "DateError";
	readonly isInvalid: boolean;

	constructor(isInvalid: boolean) {
		super(isInvalid ? "not a valid timestamp" : "a date in a form that only PHP reads");
		this.isInvalid = isInvalid;
	}
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_NAMES = [
	...["january", "february", "march", "april", "may", "june", "july", "august", "september", "october"],
	...["november", "december"],
];
const WEEKDAY_NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MILLISECONDS = { sec: 1000, second: 1000, min: 60_000, minute: 60_000, hour: 3_600_000 } as const;

interface Fields {
	year?: number;
	month?: number;
	day?: number;
	hour?: number;
	minute?: number;
	second?: number;
	/** Minutes east of Greenwich. */
	offset?: number;
	hasWeekday?: boolean;
	/** Milliseconds since 1970, for `@...`. */
	absolute?: number;
	/** Changes that come at the end, in order. */
	readonly changes: ((date: Date) => void)[];
}

type Reader = readonly [
	pattern: RegExp,
	take: (fields: Fields, match: RegExpExecArray) => boolean | undefined,
];

const MONTH =
	"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)";

function setDate(fields: Fields, year: number | undefined, month: number, day: number): boolean {
	if (fields.month !== undefined || month < 1 || month > 12 || day > 31) return false;
	if (year !== undefined) fields.year = year;
	fields.month = month;
	fields.day = day;
	return true;
}

function setTime(fields: Fields, hour: number, minute: number, second: number): boolean {
	if (fields.hour !== undefined || hour > 24 || minute > 59 || second > 60) return false;
	Object.assign(fields, { hour, minute, second });
	return true;
}

function monthNumber(name: string): number {
	return MONTHS.indexOf(name.slice(0, 3)) + 1;
}

/** Longer forms first. All are anchored at the place where the previous one ended. */
const READERS: readonly Reader[] = [
	[
		/^@(-?\d+)(?:\.\d+)?/,
		(fields, [, seconds]) => {
			fields.absolute = Number(seconds) * 1000;
			return true;
		},
	],
	[
		/^(\d{4})(\d\d)(\d\d)t?(\d\d)(\d\d)(\d\d)(?!\d)/,
		(fields, [, y, m, d, h, i, s]) =>
			setDate(fields, Number(y), Number(m), Number(d)) && setTime(fields, Number(h), Number(i), Number(s)),
	],
	[
		/^(\d{4})-(\d\d?)-(\d\d?)(?!\d)/,
		(fields, [, y, m, d]) => setDate(fields, Number(y), Number(m), Number(d)),
	],
	[
		/^(\d{4})\/(\d\d?)\/(\d\d?)(?!\d)/,
		(fields, [, y, m, d]) => setDate(fields, Number(y), Number(m), Number(d)),
	],
	[
		/^(\d\d?)\/(\d\d?)\/(\d{4})(?!\d)/,
		(fields, [, m, d, y]) => setDate(fields, Number(y), Number(m), Number(d)),
	],
	[
		/^(\d\d?)[-.](\d\d?)[-.](\d{4})(?!\d)/,
		(fields, [, d, m, y]) => setDate(fields, Number(y), Number(m), Number(d)),
	],
	[/^(\d{4})(\d\d)(\d\d)(?!\d)/, (fields, [, y, m, d]) => setDate(fields, Number(y), Number(m), Number(d))],
	[
		/^(\d{4})-?w(\d\d)-?([0-7])?(?!\d)/,
		(fields, [, y, week, day = "1"]) => {
			const january4 = new Date(0);
			january4.setUTCFullYear(Number(y), 0, 4);
			const monday = 4 - ((january4.getUTCDay() + 6) % 7);
			january4.setUTCDate(monday + (Number(week) - 1) * 7 + Number(day) - 1);
			return setDate(fields, january4.getUTCFullYear(), january4.getUTCMonth() + 1, january4.getUTCDate());
		},
	],
	[/^(\d{4})-(\d\d)(?![-\d])/, (fields, [, y, m]) => setDate(fields, Number(y), Number(m), 1)],
	[
		new RegExp(`^(\\d\\d?)(?:st|nd|rd|th)?[ .-]*${MONTH}[ ,.-]*(\\d{4})(?![\\d:])`),
		(fields, [, d, month = "", y]) => setDate(fields, Number(y), monthNumber(month), Number(d)),
	],
	[
		new RegExp(`^${MONTH}[ .-]*(\\d\\d?)(?:st|nd|rd|th)?[ ,.]+(\\d{4})(?![\\d:])`),
		(fields, [, month = "", d, y]) => setDate(fields, Number(y), monthNumber(month), Number(d)),
	],
	[
		new RegExp(`^${MONTH}[ .-]*(\\d{4})(?!\\d)`),
		(fields, [, month = "", y]) => setDate(fields, Number(y), monthNumber(month), 1),
	],
	[
		new RegExp(`^(\\d{4})[ .-]*${MONTH}[ .-]*(\\d\\d?)(?!\\d)`),
		(fields, [, y, month = "", d]) => setDate(fields, Number(y), monthNumber(month), Number(d)),
	],
	[
		new RegExp(`^(\\d\\d?)(?:st|nd|rd|th)?[ .-]*${MONTH}(?![a-z])`),
		(fields, [, d, month = ""]) => setDate(fields, undefined, monthNumber(month), Number(d)),
	],
	[
		new RegExp(`^${MONTH}[ .-]*(\\d\\d?)(?:st|nd|rd|th)?(?![\\d:])`),
		(fields, [, month = "", d]) => setDate(fields, undefined, monthNumber(month), Number(d)),
	],
	[
		/^t?(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?: ?([ap])\.?m\.?)?/,
		(fields, [, h, i, s = "0", half]) => {
			const hour = half === undefined ? Number(h) : (Number(h) % 12) + (half === "p" ? 12 : 0);
			if (half !== undefined && (Number(h) > 12 || Number(h) === 0)) return false;
			return setTime(fields, hour, Number(i), Number(s));
		},
	],
	[
		/^(\d\d?) ?([ap])\.?m\.?(?![a-z])/,
		(fields, [, h, half]) =>
			Number(h) <= 12 && Number(h) > 0 && setTime(fields, (Number(h) % 12) + (half === "p" ? 12 : 0), 0, 0),
	],
	[
		/^([+-]?\d+) ?(sec|second|min|minute|hour|day|week|fortnight|month|year|weekday)s?(?![a-z])( ago)?/,
		(fields, [, amount, unit = "", ago]) =>
			change(fields, Number(amount) * (ago === undefined ? 1 : -1), unit),
	],
	[
		/^(next|last|previous|this) (sec|second|min|minute|hour|day|week|fortnight|month|year)(?![a-z])/,
		(fields, [, which, unit = ""]) => change(fields, which === "next" ? 1 : which === "this" ? 0 : -1, unit),
	],
	[
		/^(?:gmt|utc)?([+-])(\d\d?):?(\d\d)?(?!\d)/,
		(fields, [, sign, hours, minutes = "0"]) => {
			if (fields.offset !== undefined) return false;
			fields.offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
			return true;
		},
	],
	[
		/^(?:utc|gmt|z)(?![a-z])/,
		(fields) => {
			if (fields.offset !== undefined) return false;
			fields.offset = 0;
			return true;
		},
	],
	[/^now(?![a-z])/, () => true],
	[
		/^(today|midnight|noon|tomorrow|yesterday)(?![a-z])/,
		(fields, [, word]) => {
			Object.assign(fields, { hour: word === "noon" ? 12 : 0, minute: 0, second: 0 });
			if (word === "tomorrow") change(fields, 1, "day");
			if (word === "yesterday") change(fields, -1, "day");
			return true;
		},
	],
	[
		new RegExp(`^(?:${WEEKDAY_NAMES.join("|")}|sun|mon|tues?|wed|thur?s?|fri|sat)(?![a-z])[,.]?`),
		(fields, [name = ""]) => {
			const wanted = WEEKDAY_NAMES.findIndex((full) => full.startsWith(name.slice(0, 3)));
			fields.hasWeekday = true;
			fields.changes.push((date) =>
				date.setUTCDate(date.getUTCDate() + ((wanted - date.getUTCDay() + 7) % 7)),
			);
			return true;
		},
	],
	[
		new RegExp(`^${MONTH}(?![a-z])`),
		(fields, [, month = ""]) => {
			if (fields.month !== undefined) return false;
			fields.month = monthNumber(month);
			return true;
		},
	],
	[
		/^(\d{4})(?!\d)/,
		(fields, [, year]) => {
			if (fields.year !== undefined) return false;
			fields.year = Number(year);
			return true;
		},
	],
	[/^[ \t,]+/, () => true],
];

function change(fields: Fields, amount: number, unit: string): boolean | undefined {
	if (unit === "weekday") return undefined;
	fields.changes.push((date) => {
		switch (unit) {
			case "day":
				date.setUTCDate(date.getUTCDate() + amount);
				break;
			case "week":
				date.setUTCDate(date.getUTCDate() + amount * 7);
				break;
			case "fortnight":
				date.setUTCDate(date.getUTCDate() + amount * 14);
				break;
			case "month":
				date.setUTCMonth(date.getUTCMonth() + amount);
				break;
			case "year":
				date.setUTCFullYear(date.getUTCFullYear() + amount);
				break;
			default:
				date.setTime(date.getTime() + amount * MILLISECONDS[unit as keyof typeof MILLISECONDS]);
		}
	});
	return true;
}

/** `new DateTime($text, UTC)`; `now` in milliseconds since 1970. Throws DateError. */
export function readDate(text: string, now: number): Date {
	const fields: Fields = { changes: [] };
	let rest = text.toLowerCase().trim();
	while (rest !== "") {
		const taken = READERS.some(([pattern, take]) => {
			const match = pattern.exec(rest);
			const isTaken = match === null ? undefined : take(fields, match);
			// A form that fits with numbers that do not, or a second date or time: PHP refuses it.
			if (isTaken === false) throw new DateError(true);
			if (match === null || isTaken === undefined) return false;
			rest = rest.slice(match[0].length);
			return true;
		});
		if (!taken) throw new DateError(!/\d/.test(text) && !hasKnownWord(text.toLowerCase()));
	}
	const date = new Date(now - (now % 1000));
	if (fields.absolute !== undefined) date.setTime(fields.absolute);
	const hasDate = fields.day !== undefined || fields.hasWeekday === true;
	const { year = date.getUTCFullYear(), month = date.getUTCMonth() + 1, day = date.getUTCDate() } = fields;
	if (fields.absolute === undefined) {
		date.setUTCFullYear(year, month - 1, day);
		// A date without a time is its midnight; relative forms keep the clock.
		if (hasDate || fields.hour !== undefined) {
			date.setUTCHours(fields.hour ?? 0, fields.minute ?? 0, fields.second ?? 0, 0);
		}
	}
	for (const apply of fields.changes) apply(date);
	if (fields.offset !== undefined) date.setTime(date.getTime() - fields.offset * 60_000);
	return date;
}

const KNOWN_WORDS = new Set([
	...MONTHS,
	...MONTH_NAMES,
	...WEEKDAY_NAMES,
	"next",
	"last",
	"first",
	"day",
	"week",
]);

function hasKnownWord(text: string): boolean {
	return text.split(/[^a-z]+/).some((word) => KNOWN_WORDS.has(word));
}

// -- Writing ------------------------------------------------------------------------------------

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
