// How much Lua data is allocated, for who has to look when it has become much. It is estimated as
// native would count it, which costs one subtraction; what is freed nobody knows. engine/memory.ts
// keeps a limit in this way, engine/weak-tables.ts lets go of what only weak tables hold.

/** Looks when so much has been allocated. */
export interface Watch {
	/** Bytes that may be allocated before the next look. */
	left: number;
	/** Looks, and says in `left` when it wants to look again; `wanted` bytes are about to be allocated. May throw a LuaMemoryError. */
	look(wanted: number): void;
}

/** Without a watch: looking does nothing but start again. */
const UNWATCHED = 2 ** 30;

export const memory: {
	/** Bytes that may be allocated before the first of the watches looks. */
	left: number;
	/** The last long string that `..` made. */
	joined: string;
	/** Bytes of all strings that `..` made, of the longer ones: V8 may keep them as references to their parts. */
	joinedBytes: number;
	/** How many of these may be before `lookAtJoined` is called. */
	joinedUpTo: number;
	/** May throw a LuaMemoryError. */
	lookAtJoined: () => void;
} = {
	left: UNWATCHED,
	joined: "",
	joinedBytes: 0,
	joinedUpTo: UNWATCHED,
	lookAtJoined: startAgain,
};

/** Nobody counts them. */
export function forgetJoined(): void {
	memory.joined = "";
	memory.joinedBytes = 0;
	memory.joinedUpTo = UNWATCHED;
	memory.lookAtJoined = startAgain;
}

/** (What grows is still known: it would be made flat again and again.) */
function startAgain(): void {
	memory.joinedBytes = 0;
}

const watches: Watch[] = [];
/** What `memory.left` was at first. */
let granted = UNWATCHED;

/** To be called before so many bytes are allocated; `memory.left -= bytes` does where another call follows soon. */
export function allocate(bytes: number): void {
	memory.left -= bytes;
	if (memory.left < 0) look(bytes);
}

/** To be called before a part of a table grows by so many bytes, which `allocate` gets to know one by one. */
export function reserve(bytes: number): void {
	allocate(bytes);
	memory.left += bytes;
}

function look(wanted: number): void {
	settle();
	// Looking allocates too.
	memory.left = UNWATCHED;
	granted = UNWATCHED;
	try {
		for (const watch of watches) if (watch.left < 0) watch.look(wanted);
	} finally {
		grant();
	}
}

/** Tells the watches what has been allocated. */
function settle(): void {
	for (const watch of watches) watch.left -= granted - memory.left;
}

function grant(): void {
	granted = UNWATCHED;
	for (const { left } of watches) granted = Math.min(granted, Math.max(left, 0));
	memory.left = granted;
}

export function addWatch(watch: Watch): void {
	settle();
	watches.push(watch);
	grant();
}

export function removeWatch(watch: Watch | undefined): void {
	const position = watch === undefined ? -1 : watches.indexOf(watch);
	if (position < 0) return;
	settle();
	watches.splice(position, 1);
	grant();
}

// -- What things take in native, roughly: on 64 bits, malloc's own bytes included ------------------

export const TABLE_BYTES = 64;
export const ITEM_BYTES = 16;
export const NODE_BYTES = 40;
export const CLOSURE_BYTES = 64;

/** Shorter strings show in tables that they are in. */
export const LONG_STRING = 4096;
/** And of those that `..` makes, shorter ones. */
export const JOINED_STRING = 256;
/** Longer ones are made flat: see `noteJoined`. */
const FLAT_FROM = 16_384;

/**
 * `text` has just been joined of two strings and is a `JOINED_STRING`. V8 makes such strings of references to
 * their parts, and flattens them when somebody looks inside. Ten strings that differ in their last
 * letter only then take the memory of one, which native's do not; so it is flattened here, unless
 * it goes on with the last one, as text does that grows piece by piece.
 */
export function noteJoined(left: string, right: string, text: string): string {
	const { length } = text;
	const grows = isLast(left) || isLast(right);
	memory.joined = text;
	memory.joinedBytes += length;
	if (memory.joinedBytes > memory.joinedUpTo) memory.lookAtJoined();
	// What grows is natively one garbage string after another, and here a list of its pieces.
	allocate(grows ? Math.min(left.length, right.length) : length);
	return !grows && length >= FLAT_FROM ? flat(text) : text;
}

/**
 * V8 puts the parts of a string together when somebody looks at a character, which must matter, or V8 leaves that
 * out; none is above 255.
 */
export function flat(text: string): string {
	return text.charCodeAt(0) === 0x2603 ? "" : text;
}

function isLast(part: string): boolean {
	return part.length >= JOINED_STRING && part === memory.joined;
}
