/**
 * What a launcher writes into the bell, in one piece of at most 4096 bytes, so that the requests of two
 * launchers never mix. Fields end with a zero byte, since paths may have anything else in them:
 *
 *   "(" slot pid cpu-seconds vsize-kilobytes working-directory time-zone
 *       record record-every record-size record-mask profile count argument... ")"
 *
 * bin/lua writes it: change both. And what a launcher is told, one line each (see Slots.tell).
 */
import { resolve } from "node:path";
import type { RecordingWish } from "../replay/recorder.ts";
import { systemText } from "../stdlib/environment.ts";

export interface Request {
	readonly slot: number;
	readonly launcher: number;
	/** Seconds; undefined for no limit. */
	readonly cpuLimit: number | undefined;
	/** Bytes of address space that the launcher has been granted; undefined for no limit. */
	readonly addressSpace: number | undefined;
	readonly directory: string;
	/** The TZ variable; undefined when it is not set. */
	readonly timeZone: string | undefined;
	/** What the launcher's environment says about recording; undefined when it says nothing. */
	readonly record: RecordingWish | undefined;
	/** The folder that the launcher's environment names for profiles; undefined for none. */
	readonly profile: string | undefined;
	readonly args: readonly string[];
}

/** The fields in front of the arguments. */
const FIXED_FIELDS = 13;
/** The first field about recordings and profiles. */
const WISH_FIELD = 7;
const START = "(";
const END = ")";

/** Takes complete requests off the front; `rest` is what is not complete. Damaged ones are left out. */
export function takeRequests(text: string): { readonly requests: Request[]; readonly rest: string } {
	const requests: Request[] = [];
	let fields = text.split("\0");
	const open = fields.pop() ?? "";
	for (;;) {
		const start = fields.indexOf(START);
		fields = start < 0 ? [] : fields.slice(start);
		if (fields.length < FIXED_FIELDS) break;
		const size = FIXED_FIELDS + Number(fields[FIXED_FIELDS - 1]) + 1;
		if (!Number.isSafeInteger(size) || size < FIXED_FIELDS + 1) {
			fields = fields.slice(1);
			continue;
		}
		if (fields.length < size) break;
		const request = decodeRequest(fields.slice(0, size));
		if (request !== undefined) requests.push(request);
		fields = fields.slice(size);
	}
	return { requests, rest: [...fields, open].join("\0") };
}

function decodeRequest(fields: readonly string[]): Request | undefined {
	const [, slot, launcher, cpuLimit, kilobytes, directory = "/", timeZone = ""] = fields;
	const [record = "", every = "", size = "", mask = "", profile = ""] = fields.slice(WISH_FIELD);
	if (fields.at(-1) !== END || !/^\d+$/.test(slot ?? "") || !/^[1-9]\d*$/.test(launcher ?? ""))
		return undefined;
	const addressSpace = limitOf(kilobytes);
	return {
		slot: Number(slot),
		launcher: Number(launcher),
		cpuLimit: limitOf(cpuLimit),
		addressSpace: addressSpace === undefined ? undefined : addressSpace * 1024,
		directory,
		timeZone: timeZone.startsWith("=") ? timeZone.slice(1) : undefined,
		record:
			record === ""
				? undefined
				: { folder: folderOf(directory, record), every, size, masks: [systemText(mask)] },
		profile: profile === "" ? undefined : folderOf(directory, profile),
		args: fields.slice(FIXED_FIELDS, -1),
	};
}

/** A path, which counts from the launcher's directory. */
function folderOf(directory: string, path: string): string {
	return systemText(resolve(directory, path));
}

function limitOf(text: string | undefined): number | undefined {
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
