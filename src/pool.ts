// The program that bin/lua-pool starts: the pool's commands, the supervisor and its workers.

import { runFast } from "./engine/api.ts";
import { poolMain } from "./pool/commands.ts";
import { runWorker } from "./pool/worker.ts";

const args = process.argv.slice(2);

// The event loop has nothing to do in a worker: it ends when its input does.
if (args[0] === "worker") runFast(() => runWorker(args.slice(1)));
else poolMain(args, process.argv[1] ?? "");
