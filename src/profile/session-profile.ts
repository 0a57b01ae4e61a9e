// The profile of a session, or of another program, from its beginning to its end.

import type { Channel } from "../peer/transport.ts";
import { ProfileFiles, type ProfileSettings } from "./profile-files.ts";
import { Profiler } from "./profiler.ts";

export class SessionProfile {
	readonly #profiler = new Profiler();
	readonly #files: ProfileFiles;

	/** Looks at all that is loaded from now on. Throws when there can be no files. */
	constructor(settings: ProfileSettings) {
		this.#files = new ProfileFiles(this.#profiler, settings);
		this.#files.watch();
		this.#profiler.start();
	}

	/** A channel that writes the profile before it waits for a host that has nothing running: it may be the end. */
	listening(channel: Channel): Channel {
		return {
			readBody: () => {
				if (this.#profiler.isIdle) this.#files.checkpoint();
				return channel.readBody();
			},
			writeFrame: (frame) => channel.writeFrame(frame),
			debug: (line) => channel.debug(line),
		};
	}

	/** Looks no longer, and writes what there is. */
	end(): void {
		this.#profiler.stop();
		this.#files.write();
	}
}

/** Scribunto gives modules names with "=", and its libraries names of files: the modules' names. */
export function moduleFile(chunkName: string): string | undefined {
	return chunkName.startsWith("=") ? fileName(chunkName) : undefined;
}

/** The files of a Lua program. */
export function luaFile(chunkName: string): string | undefined {
	return chunkName.startsWith("@") ? fileName(chunkName) : undefined;
}

function fileName(chunkName: string): string {
	return Buffer.from(chunkName.slice(1), "latin1").toString("utf8");
}
