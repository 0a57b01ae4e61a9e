// The profiler: an observer (compiler/observer.ts) with a clock. The time between two events belongs
// to what was running after the first, so each event charges it and says what runs from then on.
// Coroutines need nothing more: an event names its activation, and that knows its stack.

import {
	type Activation,
	type LuaFunction,
	type Observation,
	type Observer,
	observe,
	type Proto,
} from "../engine/api.ts";
import { type Frame, FrameTable, isServerChunk } from "./frames.ts";
import { type StackNode, StackTree } from "./stack-tree.ts";

/** Something that is running. */
interface Place {
	readonly node: StackNode;
	readonly frame: Frame;
	/** What it returns to. */
	readonly outer: Place | undefined;
	/** The line that was reached last; 0 outside of lines. */
	line: number;
	/** The builtin or host function that it is calling. */
	calling: Place | undefined;
}

/** Microseconds from any beginning. */
type Clock = () => number;

const systemClock: Clock = () => {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1e6 + nanoseconds / 1e3;
};

export class Profiler implements Observer {
	readonly frames = new FrameTable();
	readonly tree: StackTree = new StackTree(this.frames.cut);
	/** How many events there were. */
	events = 0;
	readonly #clock: Clock;
	readonly #places = new WeakMap<Activation, Place>();
	#current: Place | undefined;
	#then: number;
	/** Called in the middle of a program that runs longer than this. */
	#alarm: { readonly time: number; readonly ring: () => void } | undefined;

	constructor(clock: Clock = systemClock) {
		this.#clock = clock;
		this.#then = clock();
	}

	/** From now on, for chunks that are loaded from now on. */
	start(): void {
		observe(this);
	}

	stop(): void {
		observe(undefined);
	}

	/** Nothing is running. */
	get isIdle(): boolean {
		return this.#current === undefined;
	}

	/** Calls `ring` once, at the first event after so many microseconds. */
	setAlarm(delay: number, ring: () => void): void {
		this.#alarm = { time: this.#clock() + delay, ring };
	}

	// -- Events --------------------------------------------------------------------------------

	/** Texts without a name of their own, as loadstring makes them, may be without number. */
	wants(chunkName: string): Observation | undefined {
		const isNamed = /^[@=]./.test(chunkName) && !isServerChunk(chunkName);
		return isNamed && !this.frames.isFull ? "lines" : undefined;
	}

	/** All functions are compiled here, so that lines that do not run are known: nobody is charged for that. */
	loaded(proto: Proto, text: string): void {
		this.#charge();
		this.frames.add(proto, text);
		this.#then = this.#clock();
	}

	enter(activation: Activation): void {
		this.#charge();
		const outer = this.#callerOf(activation);
		const frame = this.frames.ofProto(activation.proto);
		const place = this.#placeIn(outer, frame);
		place.line = activation.line;
		this.#places.set(activation, place);
	}

	leave(activation: Activation): void {
		this.#charge();
		this.#current = this.#places.get(activation)?.outer;
	}

	line(activation: Activation, line: number): void {
		this.#charge();
		const place = this.#placeOf(activation);
		if (place === undefined) return;
		place.line = line;
		const { chunk } = place.frame;
		if (chunk !== undefined) chunk.hits[line] = (chunk.hits[line] ?? 0) + 1;
		this.#current = place;
	}

	enterUnobserved(activation: Activation, callee: LuaFunction): void {
		this.#charge();
		const caller = this.#placeOf(activation);
		const place = this.#placeIn(caller, this.frames.ofFunction(callee));
		if (caller !== undefined) caller.calling = place;
	}

	leaveUnobserved(activation: Activation): void {
		this.#charge();
		const place = this.#placeOf(activation);
		if (place !== undefined) place.calling = undefined;
		this.#current = place;
	}

	// -- What runs -----------------------------------------------------------------------------

	/** Undefined for what was running before there was a profiler. */
	#placeOf(activation: Activation): Place | undefined {
		return this.#places.get(activation);
	}

	/** A coroutine's first function is called by what resumes it. */
	#callerOf({ caller }: Activation): Place | undefined {
		const place = caller === undefined ? undefined : this.#placeOf(caller);
		return place === undefined ? this.#current : (place.calling ?? place);
	}

	#placeIn(outer: Place | undefined, frame: Frame): Place {
		frame.calls++;
		const node = this.tree.called(outer?.node, frame);
		const place = { node, frame, outer, line: 0, calling: undefined };
		this.#current = place;
		return place;
	}

	#charge(): void {
		this.events++;
		const now = this.#clock();
		const time = now - this.#then;
		this.#then = now;
		const place = this.#current;
		if (place !== undefined) {
			const { node, frame, line } = place;
			frame.self += time;
			if (frame.chunk !== undefined && line > 0)
				frame.chunk.times[line] = (frame.chunk.times[line] ?? 0) + time;
			this.tree.charge(node, frame, line, time);
		}
		if (this.#alarm !== undefined && now >= this.#alarm.time) this.#ring(this.#alarm.ring);
	}

	#ring(ring: () => void): void {
		this.#alarm = undefined;
		ring();
		this.#then = this.#clock();
	}
}
