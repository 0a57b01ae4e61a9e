// The order of work of table.sort. Lua programs see it: sort is not stable, and a
// comparator sees which pairs it is asked about, in which order, and may be inconsistent
// or change the table meanwhile. So this is one exact sequence of reads, comparisons and
// writes (a quicksort with the median of first, middle and last as pivot, working on the
// smaller part first), checked against lua5.1's comparator calls in spec/stdlib/sort.spec.ts.

/** What is sorted: elements 1..n, read and written one at a time. */
export interface Sortable<T> {
	getInt(index: number): T;
	setInt(index: number, value: T): void;
}

export type Less<T> = (a: T, b: T) => boolean;

/** Sorts elements first..last. `fail` makes the error for a comparator that leads out of the range. */
export function sortRange<T>(
	items: Sortable<T>,
	first: number,
	last: number,
	less: Less<T>,
	fail: () => Error | object,
): void {
	while (first < last) {
		// The smaller of the ends goes first.
		let low = items.getInt(first);
		let high = items.getInt(last);
		if (less(high, low)) {
			items.setInt(first, high);
			items.setInt(last, low);
		}
		if (last - first === 1) return;

		// Then the middle one between them.
		const middle = Math.floor((first + last) / 2);
		let pivot = items.getInt(middle);
		low = items.getInt(first);
		if (less(pivot, low)) {
			items.setInt(middle, low);
			items.setInt(first, pivot);
		} else {
			high = items.getInt(last);
			if (less(high, pivot)) {
				items.setInt(middle, high);
				items.setInt(last, pivot);
			}
		}
		if (last - first === 2) return;

		// The pivot waits beside the last element while the rest is parted around it.
		pivot = items.getInt(middle);
		high = items.getInt(last - 1);
		items.setInt(middle, high);
		items.setInt(last - 1, pivot);
		let i = first;
		let j = last - 1;
		for (;;) {
			// The comparator is asked before the bound is looked at: it can meet the
			// element behind the end, even nil.
			let left = items.getInt(++i);
			while (less(left, pivot)) {
				if (i > last) throw fail();
				left = items.getInt(++i);
			}
			let right = items.getInt(--j);
			while (less(pivot, right)) {
				if (j < first) throw fail();
				right = items.getInt(--j);
			}
			if (j < i) break;
			items.setInt(i, right);
			items.setInt(j, left);
		}
		const parked = items.getInt(last - 1);
		const border = items.getInt(i);
		items.setInt(last - 1, border);
		items.setInt(i, parked);

		if (i - first < last - i) {
			sortRange(items, first, i - 1, less, fail);
			first = i + 1;
		} else {
			sortRange(items, i + 1, last, less, fail);
			last = i - 1;
		}
	}
}

const INSERTION_LIMIT = 12;

/**
 * Sorts values whose order is total and where equal values cannot be told apart (strings,
 * or numbers without NaN and negative zero): the way there does not show, so any will do.
 * False when the values are not of that kind; then nothing has been changed.
 */
export function sortPlain(values: unknown[]): boolean {
	const type = typeof values[0];
	if (type === "number") {
		for (const value of values) {
			if (typeof value !== "number" || Number.isNaN(value) || Object.is(value, -0)) return false;
		}
		sortNumbers(values as number[]);
		return true;
	}
	if (type !== "string") return false;
	for (const value of values) if (typeof value !== "string") return false;
	(values as string[]).sort();
	return true;
}

function sortNumbers(values: number[]): void {
	if (values.length > INSERTION_LIMIT) {
		const sorted = Float64Array.from(values).sort();
		for (let i = 0; i < sorted.length; i++) values[i] = sorted[i]!;
		return;
	}
	for (let i = 1; i < values.length; i++) {
		const value = values[i]!;
		let j = i - 1;
		while (j >= 0 && values[j]! > value) {
			values[j + 1] = values[j]!;
			j--;
		}
		values[j + 1] = value;
	}
}
