// What the error handlers that are running now were called for, outermost first: the traces of
// the errors, whose functions had been left when xpcall called its handler.

import type { ErrorTrace } from "../lua51/error.ts";

export const handlerTraces: (ErrorTrace | undefined)[] = [];
