/**
 * Locks of slots that no session and no request belongs to: their launchers are about to ask, or have ended
 * before they could, or have asked in vain (the bell was just removed).
 */
import { identify, isStillThere, type ProcessIdentity } from "./process-table.ts";

/** Looks, one each second, after which a launcher has had time to ask, however busy the machine. */
const PATIENCE = 10;

interface Seen {
	readonly launcher: ProcessIdentity;
	looks: number;
}

export interface OverdueLock {
	readonly slot: number;
	/** 0 when the lock does not tell. */
	readonly launcher: number;
	/** Nobody waits there. */
	readonly isAbandoned: boolean;
}

export class LockWatch {
	#seen = new Map<number, Seen>();

	/** `locks`: slots and the launchers that locked them (0 when there is none to read). */
	look(locks: ReadonlyMap<number, number>): OverdueLock[] {
		const seen = new Map<number, Seen>();
		const overdue: OverdueLock[] = [];
		for (const [slot, pid] of locks) {
			const earlier = this.#seen.get(slot);
			const one = earlier?.launcher.pid === pid ? earlier : { launcher: identify(pid), looks: 0 };
			one.looks++;
			seen.set(slot, one);
			const isAbandoned = pid !== 0 && !isStillThere(one.launcher);
			if (isAbandoned || one.looks > PATIENCE) overdue.push({ slot, launcher: pid, isAbandoned });
		}
		this.#seen = seen;
		return overdue;
	}
}
