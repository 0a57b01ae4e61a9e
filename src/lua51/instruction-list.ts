// The instructions that native would make of a function, as far as their number and their jumps depend
// on it: names without operands. Our own compiler makes none; native's limit on the length of a jump
// can only be kept by who knows them (see instruction-counter.ts).
//
// Jumps. A jump whose target is not known yet waits in a list, and native threads such a list through
// the jumps themselves: the operand of each leads to the next. So not only a jump's target must be near
// enough, also the next jump of its list, and the error comes when the operand is set. Jumps to the
// place where the next instruction will be are settled when that is made.

import { LONGEST_JUMP } from "./native-limits.ts";

export type Opcode =
	| "MOVE"
	| "LOADK"
	| "LOADBOOL"
	| "LOADNIL"
	| "GETUPVAL"
	| "GETGLOBAL"
	| "GETTABLE"
	| "SETGLOBAL"
	| "SETUPVAL"
	| "SETTABLE"
	| "NEWTABLE"
	| "SELF"
	| "ADD"
	| "SUB"
	| "MUL"
	| "DIV"
	| "MOD"
	| "POW"
	| "UNM"
	| "NOT"
	| "LEN"
	| "CONCAT"
	| "JMP"
	| "EQ"
	| "LT"
	| "LE"
	| "TEST"
	| "TESTSET"
	| "CALL"
	| "TAILCALL"
	| "RETURN"
	| "FORLOOP"
	| "FORPREP"
	| "TFORLOOP"
	| "SETLIST"
	| "CLOSE"
	| "CLOSURE"
	| "VARARG"
	/** The batch's number behind a SETLIST that has no room for it. */
	| "(number)";

/** Jumps that will go to one place, by their positions. An empty list is undefined. */
export interface JumpList {
	readonly first: number;
	readonly last: number;
}

/** What is thrown where native's compiler has no room for something; the message is its error's. */
export class PassedLimit extends Error {}

/** What ends the reading early: something that is no Lua, or the end that was given. */
export class EndOfReading extends Error {}

const UNKNOWN = -1;

export class InstructionList {
	readonly opcodes: Opcode[] = [];
	/** Of a jump its target, or the next jump of its list; of TESTSET the register that it copies. */
	readonly operands: number[] = [];
	/** Jumps to where the next instruction will be. */
	private pending: JumpList | undefined = undefined;
	/** The last place that some jump goes to, or may go to. */
	private lastLabel = UNKNOWN;

	get length(): number {
		return this.opcodes.length;
	}

	/** Adds an instruction and returns its place. */
	emit(opcode: Opcode, operand = UNKNOWN): number {
		const { pending, length } = this;
		if (pending !== undefined) {
			this.pending = undefined;
			this.patch(pending, length);
		}
		this.opcodes.push(opcode);
		this.operands.push(operand);
		return length;
	}

	/** Takes the last instruction away. */
	protected dropLast(): void {
		this.opcodes.pop();
		this.operands.pop();
	}

	/** Whether something may jump to where the next instruction will be. */
	protected get isLabel(): boolean {
		return this.length <= this.lastLabel;
	}

	// -- Jumps --------------------------------------------------------------------

	/** Where the next instruction will be, as a target of jumps. */
	label(): number {
		this.lastLabel = this.length;
		return this.length;
	}

	/** A new jump. Those that would come to it need not: they go where it goes. */
	jump(): JumpList {
		const waiting = this.pending;
		this.pending = undefined;
		const place = this.emit("JMP");
		return this.joined({ first: place, last: place }, waiting) as JumpList;
	}

	joined(list: JumpList | undefined, other: JumpList | undefined): JumpList | undefined {
		if (list === undefined || other === undefined) return list ?? other;
		this.setTarget(list.last, other.first);
		return { first: list.first, last: other.last };
	}

	jumpHere(list: JumpList | undefined): void {
		this.label();
		this.pending = this.joined(this.pending, list);
	}

	jumpTo(list: JumpList | undefined, target: number): void {
		if (target === this.length) this.jumpHere(list);
		else if (list !== undefined) this.patch(list, target);
	}

	/** Sets the target of a jump that is in no list. */
	setTarget(jump: number, target: number): void {
		if (Math.abs(target - (jump + 1)) > LONGEST_JUMP) throw new PassedLimit("control structure too long");
		this.operands[jump] = target;
	}

	/** Gives the jumps their target. Tests among them copy nothing. */
	private patch(list: JumpList, target: number): void {
		for (const jump of this.jumps(list)) {
			this.copyNothing(jump);
			this.setTarget(jump, target);
		}
	}

	/**
	 * The same where a value is wanted in `register`: tests that copy it there go to `target`, other jumps
	 * to `loading`, where it is loaded.
	 */
	protected patchValues(list: JumpList | undefined, target: number, register: number, loading: number): void {
		for (const jump of this.jumps(list)) {
			const control = this.controlOf(jump);
			const copies = this.opcodes[control] === "TESTSET";
			if (copies && this.operands[control] === register) this.copyNothing(jump);
			this.setTarget(jump, copies ? target : loading);
		}
	}

	/** Whether the list has jumps that leave no value in a register. */
	protected lacksValues(list: JumpList | undefined): boolean {
		for (const jump of this.jumps(list)) {
			if (this.opcodes[this.controlOf(jump)] !== "TESTSET") return true;
		}
		return false;
	}

	/** The values of the list's jumps are not wanted. */
	protected dropValues(list: JumpList | undefined): void {
		for (const jump of this.jumps(list)) this.copyNothing(jump);
	}

	private copyNothing(jump: number): void {
		const control = this.controlOf(jump);
		if (this.opcodes[control] === "TESTSET") this.opcodes[control] = "TEST";
	}

	/** The instruction that decides about a jump: the test before it, or the jump itself. */
	private controlOf(jump: number): number {
		switch (this.opcodes[jump - 1]) {
			case "EQ":
			case "LT":
			case "LE":
			case "TEST":
			case "TESTSET":
				return jump - 1;
		}
		return jump;
	}

	private *jumps(list: JumpList | undefined): Iterable<number> {
		if (list === undefined) return;
		let jump = list.first;
		for (;;) {
			const next = this.operands[jump] as number;
			const isLast = jump === list.last;
			yield jump;
			if (isLast) return;
			jump = next;
		}
	}
}
