// What `tostring` shows of a table, function, thread or userdata. There are no addresses
// here, so each object that is shown gets the next of a row of plausible ones, and keeps it.

const FIRST = 0x55d5c0de02a0;
const STEP = 0x30;

const known = new WeakMap<object, string>();
let next = FIRST;

export function addressOf(object: object): string {
	let address = known.get(object);
	if (address === undefined) {
		address = `0x${next.toString(16)}`;
		next += STEP;
		known.set(object, address);
	}
	return address;
}
