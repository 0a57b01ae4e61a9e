// How a chunk's name is shown in messages (Lua 5.1 reference manual, lua_Debug.short_src).

/** Size of `short_src` in bytes, with the terminating zero that native counts. */
export const ID_SIZE = 60;

/**
 * The printable form of a chunk name: "=name" is itself, "@file" a file name (its end when
 * too long), anything else is the source text, of which the first line is quoted.
 */
export function chunkId(chunkName: string, size: number): string {
	const zero = chunkName.indexOf("\0");
	const name = zero < 0 ? chunkName : chunkName.slice(0, zero);
	if (name.startsWith("=")) return name.slice(1, size);
	if (name.startsWith("@")) {
		const file = name.slice(1);
		const room = size - " '...' ".length - 1;
		return file.length > room ? `...${file.slice(file.length - room)}` : file;
	}
	const lineEnd = name.search(/[\r\n]/);
	const firstLine = lineEnd < 0 ? name : name.slice(0, lineEnd);
	const room = size - ' [string "..."] '.length - 1;
	const cut = firstLine.length > room ? firstLine.slice(0, room) : firstLine;
	return cut.length < name.length ? `[string "${cut}..."]` : `[string "${cut}"]`;
}
