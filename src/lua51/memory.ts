// How much Lua data there may be, where somebody limits it. What is allocated is estimated as
// native would count it, which costs one subtraction; what is freed nobody knows. So when the
// estimate is used up, engine/memory.ts looks how much there really is, and either allows for
// more or throws native's error.

/** Without a limit: looking does nothing but start again. */
const UNLIMITED = 2 ** 30;

export const memory: {
	/** Bytes that may be allocated before the next look. */
	left: number;
	/** Looks; `wanted` bytes are about to be allocated. May throw a LuaMemoryError. */
	look: (wanted: number) => void;
	/** The last long string that `..` made. */
	joined: string;
} = { left: UNLIMITED, look: resetOnly, joined: "" };

function resetOnly(): void {
	memory.left = UNLIMITED;
}

/** To be called before so many bytes are allocated. */
export function allocate(bytes: number): void {
	memory.left -= bytes;
	if (memory.left < 0) memory.look(bytes);
}

/** Ends a limit. */
export function removeLimit(): void {
	memory.look = resetOnly;
	memory.left = UNLIMITED;
	memory.joined = "";
}

// -- What things take in native, roughly: on 64 bits, malloc's own bytes included ------------------

export const TABLE_BYTES = 64;
export const ITEM_BYTES = 16;
export const NODE_BYTES = 40;
export const CLOSURE_BYTES = 64;

/** Shorter strings show in tables that they are in. */
export const LONG_STRING = 4096;
/** Longer ones are made flat: see `noteJoined`. */
const FLAT_FROM = 16_384;

/**
 * `text` has just been joined of two strings and is long. V8 makes such strings of references to
 * their parts, and flattens them when somebody looks inside. Ten strings that differ in their last
 * letter only then take the memory of one, which native's do not; so it is flattened here, unless
 * it goes on with the last one, as text does that grows piece by piece.
 */
export function noteJoined(left: string, right: string, text: string): string {
	const { length } = text;
	const grows = isLast(left) || isLast(right);
	memory.joined = text;
	allocate(length);
	if (!grows && length >= FLAT_FROM) text.charCodeAt(0);
	return text;
}

function isLast(part: string): boolean {
	return part.length >= LONG_STRING && part === memory.joined;
}
