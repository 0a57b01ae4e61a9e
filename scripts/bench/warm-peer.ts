/**
 * A peer that serves one session after the other over the same pipes: what a resident pool would do, as far
 * as time is concerned. A session begins with its first message and ends with `quit`, which has no answer.
 */
import { beginSession, delayOptimization, keepCode, runFast } from "../../src/engine/api.ts";
import { readSettings, serveSession } from "../../src/peer/peer.ts";
import { type Channel, PipeTransport } from "../../src/peer/transport.ts";

/** As the pool's workers have by default. */
const CODE_CAPACITY = 32 * 1024 * 1024;

delayOptimization();
keepCode(CODE_CAPACITY);
runFast(() => {
	const settings = readSettings(process.argv.slice(2));
	const pipe = new PipeTransport();
	for (let first = pipe.readBody(); first !== undefined; first = pipe.readBody()) {
		let waiting: Buffer | undefined = first;
		const channel: Channel = {
			readBody() {
				const body = waiting ?? pipe.readBody();
				waiting = undefined;
				return body;
			},
			writeFrame: (frame) => pipe.writeFrame(frame),
			debug: (line) => pipe.debug(line),
		};
		beginSession(undefined);
		serveSession(settings, channel);
	}
});
