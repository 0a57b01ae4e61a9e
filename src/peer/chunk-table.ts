/**
 * The functions that the host knows by a number. An id is never given twice; a function keeps
 * its id until the host says that it holds it no more.
 */
import { type LuaFunction, LuaTable } from "../engine/api.ts";

export class ChunkTable {
	readonly #byId = new Map<number, LuaFunction>();
	readonly #ids = new Map<LuaFunction, number>();
	#nextId = 1;

	/** Gives the function a new id, even when it has one. */
	add(chunk: LuaFunction): number {
		const id = this.#nextId++;
		this.#byId.set(id, chunk);
		this.#ids.set(chunk, id);
		return id;
	}

	/** The function's id, a new one when it has none. */
	idOf(chunk: LuaFunction): number {
		return this.#ids.get(chunk) ?? this.add(chunk);
	}

	get(id: number): LuaFunction | undefined {
		return this.#byId.get(id);
	}

	/** Forgets all functions that are not held. */
	keep(isHeld: (id: number) => boolean): void {
		for (const [id, chunk] of this.#byId) {
			if (isHeld(id)) continue;
			this.#byId.delete(id);
			this.#ids.delete(chunk);
		}
	}

	/** The table that a message's expression knows as `chunks`. */
	toLua(): LuaTable {
		const table = new LuaTable();
		for (const [id, chunk] of this.#byId) table.setInt(id, chunk);
		return table;
	}
}
