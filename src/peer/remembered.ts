/**
 * A function of a text that knows its last result: one process's sessions are of one Scribunto tree as a rule, and a
 * start-up snapshot has had one of it. Results are shared.
 */
export function remembered<Result>(compute: (text: string) => Result): (text: string) => Result {
	let last: { readonly text: string; readonly result: Result } | undefined;
	return (text) => {
		if (last?.text !== text) last = { text, result: compute(text) };
		return last.result;
	};
}
