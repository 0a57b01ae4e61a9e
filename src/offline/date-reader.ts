/** Dates as mw.language's formatDate reads them: the usual forms of what PHP's DateTime takes. */

/** A date that is valid nowhere, or one that only PHP reads. */
export class DateError extends Error {
	override readonly name = "DateError";
	readonly isInvalid: boolean;

	constructor(isInvalid: boolean) {
		super(isInvalid ? "not a valid timestamp" : "a date in a form that only PHP reads");
		this.isInvalid = isInvalid;
	}
}

export const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
export const MONTH_NAMES = [
	...["january", "february", "march", "april", "may", "june", "july", "august", "september", "october"],
	...["november", "december"],
];
export const WEEKDAY_NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
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
