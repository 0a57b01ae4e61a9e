// What the error handlers that are running now were called for, outermost first: the rows of
// the functions that had been left when xpcall called its handler.

import type { TraceRow } from "../lua51/error.ts";

export const handlerRows: (readonly TraceRow[])[] = [];
