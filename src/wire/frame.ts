/**
 * A wire frame: a 16 byte header and a body. The header holds the body's length and, as a check,
 * length * 2 - 1, each in eight hexadecimal digits. Both directions use it; a frame must reach the
 * pipe in one write, because PHP reads the header with a single fread(16) and gives up on less.
 */

export const HEADER_LENGTH = 16;
const FIELD_LENGTH = 8;

/** What eight digits can hold for the check word bounds the body. */
export const MAX_BODY_LENGTH = 2 ** 31;

/** The other side broke the framing or sent what no reader of this protocol can take. */
export class ProtocolError extends Error {
	override readonly name = "ProtocolError";
}

export function encodeHeader(bodyLength: number): string {
	if (bodyLength < 1 || bodyLength > MAX_BODY_LENGTH)
		throw new ProtocolError(`message body of ${bodyLength} bytes does not fit a header`);
	return hexadecimal(bodyLength) + hexadecimal(bodyLength * 2 - 1);
}

/** The whole frame of a body that has a character for each byte. */
export function encodeFrame(body: string): string {
	return encodeHeader(body.length) + body;
}

/** The body's length. Takes capital digits too, as the native peer does. */
export function decodeHeader(header: string): number {
	if (!/^[0-9a-fA-F]{16}$/.test(header))
		throw new ProtocolError(`Error decoding message header: ${JSON.stringify(header)}`);
	const bodyLength = Number.parseInt(header.slice(0, FIELD_LENGTH), 16);
	const check = Number.parseInt(header.slice(FIELD_LENGTH), 16);
	if (bodyLength * 2 - 1 !== check)
		throw new ProtocolError(`Error decoding message header: check ${check} for a length of ${bodyLength}`);
	return bodyLength;
}

function hexadecimal(value: number): string {
	return value.toString(16).padStart(FIELD_LENGTH, "0");
}
