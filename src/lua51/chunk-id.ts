// How a chunk's name is shown in messages (Lua 5.1 reference manual, lua_Debug.short_src).

/** Size of `short_src` in bytes, with the terminating zero that native counts. */
export const ID_SIZE = 60;

/**
 * The printable form of a chunk name: "=name" is itself, "@file" a file name (its end when
 * too long), anything else is the source text, of which the first line is quoted.
 */
export function chunkId(chunkName: string, size: number): string {
	const name = beforeFirst(chunkName, "\0");
	if (name.startsWith("=")) return name.slice(1, size);
	if (name.startsWith("@")) {
		const file = name.slice(1);
		const room = size - " '...' ".length - 1;
		return file.length > room ? `...${file.slice(file.length - room)}` : file;
	}
	const firstLine = beforeFirst(beforeFirst(name, "\n"), "\r");
	const room = size - ' [string "..."] '.length - 1;
	const cut = firstLine.length > room ? firstLine.slice(0, room) : firstLine;
	return cut.length < name.length ? `[string "${cut}..."]` : `[string "${cut}"]`;
}

// No regular expression: this runs when the stack is full, and V8 cannot compile one then.
function beforeFirst(text: string, mark: string): string {
	const position = text.indexOf(mark);
	return position < 0 ? text : text.slice(0, position);
}
