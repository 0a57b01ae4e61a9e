// How native makes instructions of values: which value needs an instruction, when it gets a register,
// when it is an operand as it is. Found out with luac5.1; spec/lua51/instruction-counter.spec.ts compares.
//
// A value is read first and made an instruction when it is wanted, by who knows where it is wanted: a
// local variable as operand costs nothing, as an argument a MOVE. Registers are a stack: the active
// local variables, then what expressions hold.

import { ITEMS_PER_FLUSH } from "./expression-parser.ts";
import {
	EndOfReading,
	InstructionList,
	type JumpList,
	type Opcode,
	PassedLimit,
} from "./instruction-list.ts";
import { LAST_OPERAND_CONSTANT, MAX_CONSTANTS, MAX_REGISTERS } from "./native-limits.ts";

/** Added to a constant's number where it is an operand. */
const OPERAND_CONSTANT = 256;
/** The last batch whose number has room in SETLIST. */
const LAST_SHORT_BATCH = 511;
/** A batch's number stands among the instructions, and native takes it for the last one: some for LOADNIL. */
const LOADNIL_CODE = 3;

/** A key of the constants; null is nil. */
type Constant = string | number | boolean | null;

type ValueKind =
	| "none"
	| "nil"
	| "true"
	| "false"
	/** A constant, by its number. */
	| "constant"
	| "number"
	| "local"
	| "upvalue"
	| "global"
	/** `info` is the table's register, `key` the key as operand. */
	| "indexed"
	/** A comparison: `info` is its jump. */
	| "comparison"
	/** The result of instruction `info`, which can go to any register. */
	| "result"
	| "register"
	| "call"
	| "varargs";

/** A value that has been read and may not be in a register yet. */
export class Value {
	kind: ValueKind;
	info: number;
	key = 0;
	/** Of a numeral. */
	number = 0;
	/** Jumps of `and`, `or` and `not` that leave with a true value, and with a false one. */
	whenTrue: JumpList | undefined = undefined;
	whenFalse: JumpList | undefined = undefined;

	constructor(kind: ValueKind, info = 0) {
		this.kind = kind;
		this.info = info;
	}

	get isMultiple(): boolean {
		return this.kind === "call" || this.kind === "varargs";
	}

	/** A numeral that may be folded with another. */
	get isNumeral(): boolean {
		return this.kind === "number" && !this.hasJumps;
	}

	get hasJumps(): boolean {
		return this.whenTrue !== undefined || this.whenFalse !== undefined;
	}

	become(kind: ValueKind, info: number): void {
		this.kind = kind;
		this.info = info;
	}
}

export class FunctionCode extends InstructionList {
	freeRegister = 0;
	activeLocals = 0;
	/** How many registers an activation needs (native's maxstacksize, which begins with two). */
	registers = 2;
	private readonly constants = new Map<Constant, number>();
	/** The last LOADNIL and its registers. */
	private nilPlace: number | undefined = undefined;
	private nilFirst = 0;
	private nilLast = 0;

	constant(value: Constant): number {
		let index = this.constants.get(value);
		if (index === undefined) {
			index = this.constants.size;
			if (index >= MAX_CONSTANTS) throw new EndOfReading();
			this.constants.set(value, index);
		}
		return index;
	}

	string(value: string): Value {
		return new Value("constant", this.constant(value));
	}

	/** The result of a new instruction. */
	result(opcode: Opcode): Value {
		return new Value("result", this.emit(opcode));
	}

	// -- Registers ------------------------------------------------------------------

	/** Sees that there can be `count` more registers; throws PassedLimit. */
	need(count: number): void {
		const needed = this.freeRegister + count;
		if (needed <= this.registers) return;
		if (needed >= MAX_REGISTERS) throw new PassedLimit("function or expression too complex");
		this.registers = needed;
	}

	/** Takes registers on the stack's top; gives the first. */
	take(count = 1): number {
		const first = this.freeRegister;
		this.need(count);
		this.freeRegister += count;
		return first;
	}

	private release(operand: number): void {
		if (operand < OPERAND_CONSTANT && operand >= this.activeLocals) this.freeRegister--;
	}

	private releaseValue(value: Value): void {
		if (value.kind === "register") this.release(value.info);
	}

	// -- Values ---------------------------------------------------------------------

	/** Reads a variable; one value of a call. */
	read(value: Value): void {
		switch (value.kind) {
			case "local":
				value.kind = "register";
				break;
			case "upvalue":
				value.become("result", this.emit("GETUPVAL"));
				break;
			case "global":
				value.become("result", this.emit("GETGLOBAL"));
				break;
			case "indexed":
				this.release(value.key);
				this.release(value.info);
				value.become("result", this.emit("GETTABLE"));
				break;
			default:
				this.oneResult(value);
		}
	}

	oneResult(value: Value): void {
		// `info` is the register of a call, the instruction of varargs.
		if (value.kind === "call") value.kind = "register";
		else if (value.kind === "varargs") value.kind = "result";
	}

	/** The call that was made last is the end of its function. */
	makeTailCall(): void {
		this.opcodes[this.length - 1] = "TAILCALL";
	}

	/** Loads a number into the next register. */
	loadNumber(value: number): void {
		this.constant(value);
		this.emit("LOADK");
		this.take();
	}

	/** All values of a call or of varargs are wanted. */
	allResults(value: Value): void {
		if (value.kind === "varargs") this.take();
	}

	/** Loads nil into registers. Loads in a row are one, and a function begins with nil in all. */
	private loadNil(first: number, count: number): void {
		const last = first + count - 1;
		if (!this.isLabel) {
			if (this.length === 0 && first >= this.activeLocals) return;
			if (this.nilPlace === this.length - 1 && this.nilFirst <= first && first <= this.nilLast + 1) {
				this.nilLast = Math.max(this.nilLast, last);
				return;
			}
		}
		this.nilPlace = this.emit("LOADNIL");
		this.nilFirst = first;
		this.nilLast = last;
	}

	/** Puts a value into a register, but for what its jumps bring. */
	private load(value: Value, register: number): void {
		this.read(value);
		switch (value.kind) {
			case "nil":
				this.loadNil(register, 1);
				break;
			case "true":
			case "false":
				this.emit("LOADBOOL");
				break;
			case "number":
				this.constant(value.number);
				this.emit("LOADK");
				break;
			case "constant":
				this.emit("LOADK");
				break;
			case "register":
				if (value.info !== register) this.emit("MOVE");
				break;
			case "none":
			case "comparison":
				return;
		}
		value.become("register", register);
	}

	/** Puts a value into a register, whatever it comes from. */
	toRegister(value: Value, register: number): void {
		this.load(value, register);
		const isComparison = value.kind === "comparison";
		if (isComparison) {
			value.whenTrue = this.joined(value.whenTrue, { first: value.info, last: value.info });
		}
		if (value.hasJumps) {
			let loadFalse = 0;
			let loadTrue = 0;
			if (this.lacksValues(value.whenTrue) || this.lacksValues(value.whenFalse)) {
				const over = isComparison ? undefined : this.jump();
				loadFalse = this.label();
				this.emit("LOADBOOL");
				loadTrue = this.label();
				this.emit("LOADBOOL");
				this.jumpHere(over);
			}
			const end = this.label();
			this.patchValues(value.whenFalse, end, register, loadFalse);
			this.patchValues(value.whenTrue, end, register, loadTrue);
			value.whenTrue = undefined;
			value.whenFalse = undefined;
		}
		value.become("register", register);
	}

	toNextRegister(value: Value): number {
		this.read(value);
		this.releaseValue(value);
		const register = this.take();
		this.toRegister(value, register);
		return register;
	}

	/** Puts a value into the register where it is, or else into the next one. */
	toAnyRegister(value: Value): number {
		this.read(value);
		if (value.kind === "register") {
			if (!value.hasJumps) return value.info;
			if (value.info >= this.activeLocals) {
				this.toRegister(value, value.info);
				return value.info;
			}
		}
		return this.toNextRegister(value);
	}

	/** Settles a value without a register if it can do without. */
	settle(value: Value): void {
		if (value.hasJumps) this.toAnyRegister(value);
		else this.read(value);
	}

	/** A value as an operand: a register or a constant. */
	toOperand(value: Value): number {
		this.settle(value);
		switch (value.kind) {
			case "nil":
			case "true":
			case "false":
			case "number":
				if (this.constants.size <= LAST_OPERAND_CONSTANT) {
					value.become("constant", this.constant(constantOf(value)));
					return value.info + OPERAND_CONSTANT;
				}
				break;
			case "constant":
				if (value.info <= LAST_OPERAND_CONSTANT) return value.info + OPERAND_CONSTANT;
		}
		return this.toAnyRegister(value);
	}

	store(variable: Value, value: Value): void {
		switch (variable.kind) {
			case "local":
				this.releaseValue(value);
				this.toRegister(value, variable.info);
				return;
			case "upvalue":
				this.toAnyRegister(value);
				this.emit("SETUPVAL");
				break;
			case "global":
				this.toAnyRegister(value);
				this.emit("SETGLOBAL");
				break;
			default:
				this.toOperand(value);
				this.emit("SETTABLE");
		}
		this.releaseValue(value);
	}

	/** Copies a variable that is about to be assigned to where `targets` have it as table or key. */
	keepOperands(targets: readonly Value[], register: number): void {
		let isUsed = false;
		for (const target of targets) {
			if (target.kind !== "indexed") continue;
			if (target.info === register) {
				target.info = this.freeRegister;
				isUsed = true;
			}
			if (target.key === register) {
				target.key = this.freeRegister;
				isUsed = true;
			}
		}
		if (!isUsed) return;
		this.emit("MOVE");
		this.take();
	}

	/** Makes `object` the value at a key of it. */
	index(object: Value, key: Value): void {
		object.key = this.toOperand(key);
		object.become("indexed", object.info);
	}

	/** Makes `object` a method of it, with itself in the register behind. */
	method(object: Value, name: Value): void {
		this.toAnyRegister(object);
		this.releaseValue(object);
		const register = this.take(2);
		this.toOperand(name);
		this.emit("SELF");
		this.releaseValue(name);
		object.become("register", register);
	}

	// -- Lists of values ------------------------------------------------------------

	/** Makes `count` values in registers of a list of `given`, whose last is `last`. */
	adjust(count: number, given: number, last: Value): void {
		const missing = count - given;
		if (last.isMultiple) {
			if (last.kind === "varargs") this.take();
			if (missing > 0) this.take(missing);
			return;
		}
		if (last.kind !== "none") this.toNextRegister(last);
		if (missing > 0) {
			this.loadNil(this.take(missing), missing);
		}
	}

	/** Stores a constructor's items from their registers; `total` have come by now. */
	setList(table: number, total: number): void {
		const batch = Math.floor((total - 1) / ITEMS_PER_FLUSH) + 1;
		this.emit("SETLIST");
		if (batch > LAST_SHORT_BATCH) this.batchNumber(batch);
		this.freeRegister = table + 1;
	}

	private batchNumber(batch: number): void {
		const place = this.emit("(number)");
		if ((batch & 0x3f) !== LOADNIL_CODE) return;
		this.nilPlace = place;
		this.nilFirst = (batch >> 6) & 0xff;
		this.nilLast = batch >> 23;
	}

	// -- Operators ------------------------------------------------------------------

	arithmetic(opcode: Opcode, left: Value, right: Value | undefined): void {
		if (right !== undefined) this.toOperand(right);
		this.toOperand(left);
		if (right !== undefined) this.releaseValue(right);
		this.releaseValue(left);
		left.become("result", this.emit(opcode));
	}

	concatenation(left: Value, right: Value): void {
		this.settle(right);
		// The right operand is a concatenation itself: one more for it.
		if (right.kind === "result" && this.opcodes[right.info] === "CONCAT") {
			this.releaseValue(left);
			left.become("result", right.info);
			return;
		}
		this.toNextRegister(right);
		this.arithmetic("CONCAT", left, right);
	}

	comparison(opcode: "EQ" | "LT" | "LE", left: Value, right: Value): void {
		this.toOperand(left);
		this.toOperand(right);
		this.releaseValue(right);
		this.releaseValue(left);
		this.emit(opcode);
		left.become("comparison", this.jump().first);
	}

	not(value: Value): void {
		this.read(value);
		switch (value.kind) {
			case "nil":
			case "false":
				value.kind = "true";
				break;
			case "constant":
			case "number":
			case "true":
				value.kind = "false";
				break;
			case "comparison":
				break;
			default:
				this.inSomeRegister(value);
				this.releaseValue(value);
				value.become("result", this.emit("NOT"));
		}
		const { whenTrue, whenFalse } = value;
		value.whenTrue = whenFalse;
		value.whenFalse = whenTrue;
		this.dropValues(whenTrue);
		this.dropValues(whenFalse);
	}

	/** Goes on where the value is true; the jumps of a false one are in `whenFalse`. */
	continueIfTrue(value: Value): void {
		this.read(value);
		const isTrue = value.kind === "constant" || value.kind === "number" || value.kind === "true";
		value.whenFalse = this.joined(value.whenFalse, isTrue ? undefined : this.branch(value));
		this.jumpHere(value.whenTrue);
		value.whenTrue = undefined;
	}

	continueIfFalse(value: Value): void {
		this.read(value);
		const isFalse = value.kind === "nil" || value.kind === "false";
		value.whenTrue = this.joined(value.whenTrue, isFalse ? undefined : this.branch(value));
		this.jumpHere(value.whenFalse);
		value.whenFalse = undefined;
	}

	private branch(value: Value): JumpList {
		if (value.kind === "comparison") return { first: value.info, last: value.info };
		if (value.kind === "result" && this.opcodes[value.info] === "NOT") {
			// The test is turned round instead.
			this.dropLast();
			this.emit("TEST");
			return this.jump();
		}
		this.inSomeRegister(value);
		this.releaseValue(value);
		this.emit("TESTSET", value.info);
		return this.jump();
	}

	/** Puts a value into a register without what its jumps bring. */
	private inSomeRegister(value: Value): void {
		if (value.kind !== "register") this.load(value, this.take());
	}
}

function constantOf(value: Value): Constant {
	if (value.kind === "number") return value.number;
	return value.kind === "nil" ? null : value.kind === "true";
}
