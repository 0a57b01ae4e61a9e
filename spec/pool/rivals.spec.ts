// Another user of the machine who wants to be taken for the pool: he is first at the name of the runtime
// directory, or races for it. Both are users without rights, in a folder like /tmp, where all may make files.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { OtherUser, whyNoOtherUser } from "../support/other-user.ts";
import { isAlive, TestPool, until } from "../support/pool.ts";
import { includes, mainFile, message } from "../support/pool-session.ts";

/** A user that every system has: daemon. */
const RIVAL = { uid: 1, gid: 1 };
const STARTS = Number(process.env["POOL_RIVALS"] ?? 12);
/** Who is first is chance: turns that are played until each has been first once, before the race counts as none. */
const MOST_STARTS = 40 * STARTS;

const skip = whyNoOtherUser();
const shared = mkdtempSync(join(tmpdir(), "lua-shared-"));
chmodSync(shared, 0o1777);
const user = skip ? undefined : new OtherUser();
const living = user && spawn("sleep", ["100000"], { ...user.ids, stdio: "ignore" });
after(() => {
	living?.kill();
	rmSync(shared, { recursive: true, force: true });
	user?.remove();
});

/** Makes what looks like a pool from outside, in `$1`, with a supervisor that lives: `$2`, a process of the other user. */
const FALSE_POOL =
	'mkdir "$1" && chmod 777 "$1" && echo "$2 4" >"$1/pool" && mkdir "$1/slots" && chmod 777 "$1/slots" && ' +
	'mkfifo "$1/bell" "$1/slots/0" "$1/slots/1" "$1/slots/2" "$1/slots/3" && chmod 666 "$1/bell" "$1"/slots/*';

function asRival(text: string, directory: string): ChildProcess {
	return spawn("sh", ["-c", text, "rival", directory, String(living?.pid)], {
		...RIVAL,
		cwd: shared,
		stdio: "ignore",
		detached: true,
	});
}

/** With what it has started. */
async function endRival(rival: ChildProcess): Promise<void> {
	const group = rival.pid!;
	try {
		process.kill(-group, "SIGKILL");
	} catch {
		// He has ended.
	}
	const members = () =>
		spawnSync("pgrep", ["--pgroup", String(group)], { encoding: "utf8" }).stdout.split("\n");
	await until("the rival has ended", () => !members().some((pid) => isAlive(Number(pid))));
}

/** A session of the user whose launcher looks for a pool in the directory: 42 when it was served. */
function sessionIn(pool: TestPool) {
	const args = [mainFile, includes, "0", "8"];
	const input = message("return 6 * 7", "testquit");
	return spawnSync(pool.launcher(), args, { ...user?.ids, input, encoding: "latin1", timeout: 60_000 });
}

describe("a directory that another user has made", { skip }, () => {
	const ways: Readonly<Record<string, string>> = {
		"a pool of his own": FALSE_POOL,
		"a link to a directory of his own": `${FALSE_POOL.replaceAll('"$1', '"$1-own')} && ln -s "$1-own" "$1"`,
		"a file": 'echo >"$1"',
	};
	let count = 0;
	for (const [name, text] of Object.entries(ways)) {
		test(`${name}: the pool refuses it, and no launcher goes there`, async () => {
			const directory = join(shared, `made-${count++}`);
			await new Promise((resolve) => asRival(text, directory).once("close", resolve));
			assert.equal(lstatSync(directory).uid, RIVAL.uid);
			const rung = asRival('cat <"$1/bell" >"$1/told"', directory);
			const pool = new TestPool({}, { directory, user: user! });
			try {
				const { status, stderr } = pool.command("start");
				assert.notEqual(status, 0);
				assert.match(stderr, /belongs to user 1|is no directory/);
				const ended = sessionIn(pool);
				assert.equal(ended.status, 70, ended.stderr);
				assert.match(ended.stderr, /too few for Node/);
				const told = join(directory, "told");
				assert.ok(!existsSync(told) || lstatSync(told).size === 0, "a launcher has told the rival something");
			} finally {
				await endRival(rung);
				pool.stop();
			}
		});
	}
});

test("a user who races for the directory gets neither pool nor sessions", { skip }, async () => {
	const directory = join(shared, "raced");
	const pool = new TestPool({ max_children: 1, min_spare: 1 }, { directory, user: user! });
	const rival = asRival(
		`while :; do ${FALSE_POOL}; rm -rf "$1"; ln -s "$1-own" "$1"; rm -f "$1"; mkdir -m 700 "$1"; rmdir "$1"; sleep "0.0$((pause = (pause + 1) % 10))"; done`,
		directory,
	);
	let refused = 0;
	let served = 0;
	try {
		for (let turn = 0; turn < STARTS || ((refused === 0 || served === 0) && turn < MOST_STARTS); turn++) {
			const { status, stderr } = pool.command("start");
			if (status !== 0) {
				assert.match(
					stderr,
					/belongs to user 1|is no directory|cannot (make|look at)|has mode|no such file/i,
				);
				refused++;
				continue;
			}
			const stat = lstatSync(directory);
			assert.ok(stat.isDirectory() && stat.uid === user!.ids.uid && (stat.mode & 0o777) === 0o700);
			assert.equal(sessionIn(pool).status, 42);
			pool.command("stop");
			rmSync(directory, { recursive: true });
			served++;
		}
	} finally {
		await endRival(rival);
	}
	rmSync(directory, { recursive: true, force: true });
	try {
		pool.start();
		assert.equal(sessionIn(pool).status, 42);
	} finally {
		pool.stop();
	}
	assert.ok(refused > 0, "the rival was never first: the race was none");
	assert.ok(served > 0, "the pool was never first: the race was none");
});
