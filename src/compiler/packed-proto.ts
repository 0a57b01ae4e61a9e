import { packTree } from "../lua51/packed-tree.ts";
import type { Proto } from "../lua51/proto.ts";
import { iteratorName } from "./stored-chunk.ts";

/** Packs the tree of a main function, and sees to it that nothing else holds on to parts of it. */
export function packProto(main: Proto): void {
	letGo(main);
	packTree(main.node);
}

/** The finders of iterators' names do. */
function letGo(proto: Proto): void {
	proto.changeSites((site, pc) =>
		typeof site.second === "function" ? { ...site, second: () => iteratorName(proto, pc) } : site,
	);
	for (const child of proto.children) if (child !== undefined) letGo(child);
}
