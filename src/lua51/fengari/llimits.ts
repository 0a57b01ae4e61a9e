// Over fengari's llimits.js. The engine counts nested C calls (compiler/limits.ts) and has
// 5.1's message for too many. fengari counts a C function that calls back twice, so its own
// limit is set behind the engine's.

export const LUAI_MAXCCALLS = 500;
