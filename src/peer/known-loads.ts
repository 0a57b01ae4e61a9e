/**
 * loadString messages that this process has read, by their bodies: PHP sends Scribunto's libraries anew in each session,
 * and a body that is known need not be read character by character. What they say must stand in the body: PHP's do.
 */
import type { HostMessage } from "../wire/message.ts";

type LoadString = Extract<HostMessage<unknown, unknown>, { op: "loadString" }>;

interface KnownLoad {
	readonly body: string;
	readonly message: LoadString;
}

/** Characters of a body. What is shorter is read as fast, and of the longest there is one in many pages. */
const SHORTEST = 256;
const LONGEST = 64 * 1024;
/** Bodies. */
const MOST = 64;

export class KnownLoads {
	/**
	 * By the bodies' lengths, least recently used first: a map of bodies would look at all of each to find it. Of two
	 * with the same length the newer one is known.
	 */
	readonly #byLength = new Map<number, KnownLoad>();

	find(body: string): LoadString | undefined {
		const known = this.#byLength.get(body.length);
		if (known === undefined || known.body !== body) return undefined;
		this.#use(known);
		return known.message;
	}

	/** `message` is one whose texts stand in the body. */
	keep(body: string, message: LoadString): void {
		if (body.length < SHORTEST || body.length > LONGEST) return;
		// It may be nil for want of a function (chunks[9]), which there is another time.
		if (message.chunkName === undefined) return;
		this.#use({ body, message });
		if (this.#byLength.size <= MOST) return;
		const [oldest] = this.#byLength.keys();
		if (oldest !== undefined) this.#byLength.delete(oldest);
	}

	#use(known: KnownLoad): void {
		this.#byLength.delete(known.body.length);
		this.#byLength.set(known.body.length, known);
	}
}

/** The process's, as the code cache is. */
export const knownLoads = new KnownLoads();
