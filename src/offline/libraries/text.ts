/** mw.text's part of the host (TextLibrary.php). */
import { checkText, checkType, fail, optionalNumber } from "../check.ts";
import type { Callback, CallbackResult } from "../conversation.ts";
import { phpEntities } from "../html-entities.ts";
import { decodeJson, encodeJson, JsonError } from "../json.ts";
import { killMarkers } from "../markers.ts";
import { ENGLISH_MESSAGES } from "../messages.ts";
import { isArray, type PhpArray, type PhpKey, type PhpValue, phpArray, toBytes } from "../php-array.ts";
import type { Wiki } from "../wiki.ts";

const JSON_PRESERVE_KEYS = 1;
const JSON_TRY_FIXING = 2;
const JSON_PRETTY = 4;

export function textLibrary(wiki: Wiki) {
	const { contentLanguage: language } = wiki;
	const functions: Readonly<Record<string, Callback>> = {
		// Nothing here makes a marker, so what looks like one stands for nothing.
		unstrip: (text) => [killMarkers(checkText("unstrip", 1, text))],
		unstripNoWiki: (text) => [checkText("unstripNoWiki", 1, text)],
		killMarkers: (text) => [killMarkers(checkText("killMarkers", 1, text))],
		getEntityTable: () => [
			new Map([...phpEntities()].map(([name, character]) => [`&${name};`, toBytes(character)] as const)),
		],
		jsonEncode,
		jsonDecode,
	};
	return {
		functions,
		options: phpArray({
			comma: toBytes(language.message("comma-separator")),
			and: toBytes(language.message("and") + language.message("word-separator")),
			ellipsis: toBytes(language.message("ellipsis")),
			nowiki_protocols: protocolPatterns(wiki.site.info.urlProtocols),
		}),
	};
}

/** Protocols without slashes as Lua patterns in any case, with what nowiki makes of each. */
function protocolPatterns(protocols: readonly string[]): PhpArray {
	const patterns = protocols
		.filter((protocol) => protocol.endsWith(":"))
		.map((protocol) => {
			const pattern = protocol
				.slice(0, -1)
				.replace(/([a-zA-Z])|([()^$%.[\]*+?-])/g, (_, letter?: string, mark?: string) =>
					letter === undefined ? `%${mark}` : `[${letter.toUpperCase()}${letter.toLowerCase()}]`,
				);
			return [toBytes(`(${pattern}):`), "%1&#58;"] as const;
		});
	return new Map<PhpKey, PhpValue>(patterns);
}

function jsonEncode(value: PhpValue, flags: PhpValue): CallbackResult {
	const bits = Math.trunc(optionalNumber("mw.text.jsonEncode", 2, flags, 0));
	const keepsKeys = (bits & JSON_PRESERVE_KEYS) !== 0;
	const shown = !keepsKeys && isArray(value) ? reindexedForEncoding(value) : value;
	const json = encodeJson(shown, (bits & JSON_PRETTY) !== 0);
	return [json ?? fail("mw.text.jsonEncode: Unable to encode value")];
}

function jsonDecode(text: PhpValue, flags: PhpValue): CallbackResult {
	checkType("mw.text.jsonDecode", 1, text, "string");
	const bits = Math.trunc(optionalNumber("mw.text.jsonDecode", 2, flags, 0));
	try {
		const value = decodeJson(text as string, (bits & JSON_TRY_FIXING) !== 0);
		return [(bits & JSON_PRESERVE_KEYS) === 0 && isArray(value) ? reindexedAfterDecoding(value) : value];
	} catch (error) {
		if (!(error instanceof JsonError)) throw error;
		return fail(`mw.text.jsonDecode: ${ENGLISH_MESSAGES[`json-error-${error.fault}`]}`);
	}
}

/** Lua's sequences are numbered from 1, JSON's lists from 0; what is no sequence keeps its keys, sorted. */
function reindexedForEncoding(array: PhpArray): PhpArray {
	const entries = sortedNumerically([...array]).map(
		([key, value]) => [key, isArray(value) ? reindexedForEncoding(value) : value] as const,
	);
	const isSequence = entries.every(([key], index) => key === index + 1);
	return new Map(isSequence ? entries.map(([, value], index) => [index, value] as const) : entries);
}

/** ksort( $array, SORT_NUMERIC ): texts count as the number they begin with. */
function sortedNumerically(entries: readonly (readonly [PhpKey, PhpValue])[]) {
	return entries
		.map((entry) => [numericKey(entry[0]), entry] as const)
		.sort(([a], [b]) => a - b)
		.map(([, entry]) => entry);
}

function numericKey(key: PhpKey): number {
	return typeof key === "number"
		? key
		: Number(/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(key)?.[0] ?? 0);
}

export function reindexedAfterDecoding(array: PhpArray): PhpArray {
	const entries = [...array].map(
		([key, value]) => [key, isArray(value) ? reindexedAfterDecoding(value) : value] as const,
	);
	const isSequence = entries.every(([key], index) => key === index);
	return new Map(isSequence ? entries.map(([, value], index) => [index + 1, value] as const) : entries);
}
