// What native's compiler has room for.

export const MAX_LOCALS = 200;
export const MAX_UPVALUES = 60;
/** A function needs fewer. */
export const MAX_REGISTERS = 250;
/** Constants up to this one can be operands. */
export const LAST_OPERAND_CONSTANT = 255;
/** Nested syntax levels and C calls together (LUAI_MAXCCALLS). */
export const MAX_LEVELS = 200;
/** Constants, and inner functions too. */
export const MAX_CONSTANTS = 262143;
/** Local variables of a function altogether, also those that are not in scope together. */
export const MAX_DECLARATIONS = 32767;
/** The operand of a jump has 18 bits, for both directions. */
export const LONGEST_JUMP = 131071;

/**
 * More instructions than any token has for each of its bytes. The most are 5 for the 2 bytes of `<a` in
 * `a<a<a`: reading a global or a constant, comparing, jumping, loading false, loading true.
 */
const MAX_INSTRUCTIONS_PER_BYTE = 3;

/** Whether so much text can have a jump that is too long for native. */
export function canJumpTooFar(length: number): boolean {
	return length * MAX_INSTRUCTIONS_PER_BYTE > LONGEST_JUMP;
}
