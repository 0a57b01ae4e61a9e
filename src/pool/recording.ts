/** Who decides about recording: the launcher, whose user is the pool's, and else the pool's settings. */
import type { RecordingWish } from "../replay/recorder.ts";
import type { PoolSettings } from "./settings.ts";

export function recordingWish(
	asked: RecordingWish | undefined,
	{ record, record_every, record_size, record_mask }: PoolSettings,
): RecordingWish | undefined {
	if (asked !== undefined) {
		// What the pool's owner hides stays hidden.
		return { ...asked, size: asked.size || String(record_size), masks: [...asked.masks, record_mask] };
	}
	if (record === "") return undefined;
	return { folder: record, every: String(record_every), size: String(record_size), masks: [record_mask] };
}
