/**
 * Who decides what is written about a session: the launcher, whose user is the pool's, and else the pool's
 * settings.
 */
import type { RecordingWish } from "../replay/recorder.ts";
import type { Request } from "./request.ts";
import type { PoolSettings } from "./settings.ts";

export function recordingWish(
	{ record: asked }: Request,
	{ record, record_every, record_size, record_mask }: PoolSettings,
): RecordingWish | undefined {
	if (asked !== undefined) {
		// What the pool's owner hides stays hidden.
		return { ...asked, size: asked.size || String(record_size), masks: [...asked.masks, record_mask] };
	}
	if (record === "") return undefined;
	return { folder: record, every: String(record_every), size: String(record_size), masks: [record_mask] };
}

/** Where the profile of a session goes. */
export interface ProfileWish {
	readonly folder: string;
	/** That all profiles in the folder may take. */
	readonly megabytes: number;
}

/** By chance, where one session of several is to be profiled. */
export function profileWish(
	{ profile: asked }: Request,
	{ profile, profile_every, profile_size }: PoolSettings,
): ProfileWish | undefined {
	const isTurn = asked !== undefined || Math.random() * profile_every < 1;
	const folder = asked ?? profile;
	return folder === "" || !isTurn ? undefined : { folder, megabytes: profile_size };
}
