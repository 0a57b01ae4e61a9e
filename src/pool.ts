// The program that bin/lua-pool starts: the pool's commands, the supervisor and its workers.

import { poolMain } from "./pool/commands.ts";
import { runWorker } from "./pool/worker.ts";

const [command, ...args] = process.argv.slice(2);

// The event loop has nothing to do in a worker: it ends when its input does.
if (command === "worker") runWorker(args);
else poolMain(command, args, process.argv[1] ?? "");
