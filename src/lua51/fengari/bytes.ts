// Bytes <-> the engine's strings (one character 0-255 per byte).

export function latin1Text(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function latin1Bytes(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	Buffer.from(bytes.buffer).write(text, "latin1");
	return bytes;
}
