// The adapter's thread (dist/debug-adapter.cjs): listens, and connects one client after another with
// the program by an Adapter each.

import { createReadStream, createWriteStream, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { Adapter } from "./adapter.ts";
import { type Address, addressText } from "./address.ts";
import { type AdapterData, sendToProgram, type ToAdapter, type ToProgram } from "./link.ts";
import { SourceMap } from "./sources.ts";

const data = workerData as AdapterData; // dap-front.ts starts us
const send = (message: ToProgram) => sendToProgram(data, message);

/** What a message of the protocol begins with. */
const FIRST_BYTES = "Content-Length:";

/** Knows all chunks, for clients that come later. */
const chunks = new SourceMap(data.folder);
let adapter: Adapter | undefined;

data.port.on("message", (message: ToAdapter) => {
	if (message.kind === "loaded") {
		const { chunk: name, title, text, lines } = message;
		chunks.add({ name, title, text, lines });
		if (adapter === undefined) send({ kind: "placed", chunk: name });
	}
	adapter?.tell(message);
	if (message.kind === "ended") finish();
});

/** Everything said must be with the client before the process ends. */
let client: Socket | undefined;

function finish(): void {
	const done = () => send({ kind: "flushed" });
	if (client === undefined || client.destroyed) done();
	else client.end(done);
}

// -- Clients ------------------------------------------------------------------------------------

function serve(socket: Socket): void {
	if (adapter !== undefined) {
		socket.destroy();
		return;
	}
	socket.setNoDelay(true);
	// A browser can be made to send a message of ours inside a request of its own: what does not
	// begin as the protocol does is no client.
	socket.once("data", (first: Buffer) => {
		const isClient = FIRST_BYTES.startsWith(first.toString("latin1", 0, FIRST_BYTES.length));
		if (!isClient || adapter !== undefined) {
			socket.destroy();
			return;
		}
		client = socket;
		adapter = new Adapter(data.folder, chunks.all, send);
		adapter.start(socket, socket);
		socket.emit("data", first);
	});
	socket.on("close", () => {
		if (client !== socket) return;
		client = undefined;
		adapter = undefined;
		send({ kind: "gone" });
	});
	socket.on("error", () => socket.destroy());
}

function listen(server: Server, address: Exclude<Address, { input: number }>, isAgain: boolean): void {
	server.once("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EADDRINUSE" && "path" in address && !isAgain) removeDeadSocket(server, address.path);
		else send({ kind: "cannot", reason: error.message });
	});
	server.listen(address, () => {
		const bound = server.address();
		const host = "host" in address ? address.host : "";
		const text = typeof bound === "object" && bound !== null ? `${host}:${bound.port}` : addressText(address);
		send({ kind: "listening", address: text });
	});
}

/** A socket that nobody listens on is left over from a process that was killed. */
function removeDeadSocket(server: Server, path: string): void {
	const probe = connect(path);
	probe.once("connect", () => {
		probe.destroy();
		send({ kind: "cannot", reason: "another debugger listens there" });
	});
	probe.once("error", () => {
		if (statSync(path).isSocket()) rmSync(path);
		server.removeAllListeners("error");
		listen(server, { path }, true);
	});
}

const { address } = data;
if ("input" in address) {
	adapter = new Adapter(data.folder, [], send);
	const input = createReadStream("", { fd: address.input });
	input.once("close", () => send({ kind: "gone" }));
	adapter.start(input, createWriteStream("", { fd: address.output }));
	send({ kind: "listening", address: addressText(address) });
} else {
	listen(createServer(serve), address, false);
}
