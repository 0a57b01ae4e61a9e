// What the system hands to the program (arguments, variables, paths), as Lua sees it: bytes, one
// character each. Node decodes all of it as UTF-8.

/** The bytes that Node has decoded. */
export function systemBytes(text: string): string {
	return Buffer.from(text, "utf8").toString("latin1");
}

/** Bytes as Node wants them. */
export function systemText(bytes: string): string {
	return Buffer.from(bytes, "latin1").toString("utf8");
}

/** A variable's value, undefined when it is not set. */
export function readVariable(name: string): string | undefined {
	const value = process.env[systemText(name)];
	return value === undefined ? undefined : systemBytes(value);
}
