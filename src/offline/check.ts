/** Checks of arguments, with the texts that the real host's libraries raise (LibraryBase.php). */
import { LuaScriptError } from "./conversation.ts";
import { luaTypeName, type PhpValue } from "./php-array.ts";

export function fail(message: string): never {
	throw new LuaScriptError(message);
}

export function checkType(name: string, index: number, value: PhpValue, wanted: string): void {
	const type = luaTypeName(value);
	if (type !== wanted) fail(`bad argument #${index} to '${name}' (${wanted} expected, got ${type})`);
}

export function checkText(name: string, index: number, value: PhpValue): string {
	checkType(name, index, value, "string");
	return value as string;
}

export function checkNumber(name: string, index: number, value: PhpValue): number {
	checkType(name, index, value, "number");
	return value as number;
}

export function optionalText<Default>(
	name: string,
	index: number,
	value: PhpValue,
	otherwise: Default,
): string | Default {
	return value === undefined ? otherwise : checkText(name, index, value);
}

export function optionalNumber<Default>(
	name: string,
	index: number,
	value: PhpValue,
	otherwise: Default,
): number | Default {
	return value === undefined ? otherwise : checkNumber(name, index, value);
}
