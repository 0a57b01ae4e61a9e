// In place of fengari's ldump.js. There is no bytecode to write.

/** lua_dump answers what it does for a function that cannot be dumped. */
export function luaU_dump(): number {
	return 1;
}
