/** Plural rules as Unicode's CLDR writes them: "i = 1 and v = 0 @integer 1". MediaWiki has an edition of its own. */

type Operand = "n" | "i" | "v" | "w" | "f" | "t" | "c" | "e";

const NUMBER = /^-?(\d+)(?:\.(\d+))?$/;
const RELATION =
	/^([nivwftce])(?:\s*(?:%|mod)\s*(\d+))?\s*(!=|=|is not|is|not in|in|not within|within)\s*([\d.,\s]+)$/;

/** The index of the first rule that a number fulfils, as PHP writes it; the number of rules for none. */
export function pluralIndex(rules: readonly string[], number: string): number {
	const match = NUMBER.exec(number);
	if (match === null) return rules.length;
	const [, whole = "0", fraction = ""] = match;
	const trimmed = fraction.replace(/0+$/, "");
	const operands: Readonly<Record<Operand, number>> = {
		n: Number(`${whole}.${fraction || 0}`),
		i: Number(whole),
		v: fraction.length,
		w: trimmed.length,
		f: Number(fraction || 0),
		t: Number(trimmed || 0),
		c: 0,
		e: 0,
	};
	const index = rules.findIndex((rule) => fulfils(operands, rule));
	return index < 0 ? rules.length : index;
}

function fulfils(operands: Readonly<Record<Operand, number>>, rule: string): boolean {
	const alternatives = alternativesOf(rule);
	return (
		alternatives.length === 0 ||
		alternatives.some((conditions) => conditions.every((condition) => holds(operands, condition)))
	);
}

/** Conditions, all of which must hold, in lists of which one must do; none for a rule that takes everything. */
function alternativesOf(rule: string): string[][] {
	const text = rule.replace(/@.*$/s, "").trim();
	if (text === "") return [];
	return text.split(/\s+or\s+/).map((conditions) => conditions.split(/\s+and\s+/).map((each) => each.trim()));
}

/** Is it a rule that `pluralIndex` takes? */
export function isPluralRule(rule: string): boolean {
	return alternativesOf(rule)
		.flat()
		.every((condition) => RELATION.test(condition));
}

function holds(operands: Readonly<Record<Operand, number>>, condition: string): boolean {
	const match = RELATION.exec(condition);
	if (match === null) throw new RangeError(`the plural rule ${JSON.stringify(condition)} is not understood`);
	const [, operand = "n", modulus, relation = "=", ranges = ""] = match;
	const plain = operands[operand as Operand];
	const value = modulus === undefined ? plain : plain % Number(modulus);
	const isWithin = ranges.split(",").some((range) => {
		const [from = "", to = from] = range.trim().split("..");
		// Only `within` takes what lies between two integers.
		const isCounted = relation.includes("within") || Number.isInteger(value) || from === to;
		return isCounted && value >= Number(from) && value <= Number(to);
	});
	return isWithin !== /!|not/.test(relation);
}
