/** What `lua-pool` ends with: from 64 on sysexits.h's. src/commands/table.ts explains them to users. */
export const SUCCESS = 0;
export const NOT_RUNNING = 1;
export const INTERNAL = 70;
export const CANNOT_CREATE = 73;
/** Not 73: the guard is to start another supervisor, though the first may never have ended before. */
export const DIRECTORY_LOST = 74;
export const RUNS_ALREADY = 75;
export const WRONG_SETTINGS = 78;
