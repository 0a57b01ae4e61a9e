/** mw.hash's part of the host (HashLibrary.php): PHP's list of algorithms, of which Node has the most used. */
import { createHash } from "node:crypto";
import { fail } from "../check.ts";
import type { Callback } from "../conversation.ts";
import { luaList, type PhpValue, phpText } from "../php-array.ts";
import type { Wiki } from "../wiki.ts";

/** hash_algos() of PHP 8.2. */
const PHP_ALGORITHMS = [
	...[
		"md2",
		"md4",
		"md5",
		"sha1",
		"sha224",
		"sha256",
		"sha384",
		"sha512/224",
		"sha512/256",
		"sha512",
		"sha3-224",
	],
	...["sha3-256", "sha3-384", "sha3-512", "ripemd128", "ripemd160", "ripemd256", "ripemd320", "whirlpool"],
	...[
		"tiger128,3",
		"tiger160,3",
		"tiger192,3",
		"tiger128,4",
		"tiger160,4",
		"tiger192,4",
		"snefru",
		"snefru256",
	],
	...[
		"gost",
		"gost-crypto",
		"adler32",
		"crc32",
		"crc32b",
		"crc32c",
		"fnv132",
		"fnv1a32",
		"fnv164",
		"fnv1a64",
	],
	...["joaat", "murmur3a", "murmur3c", "murmur3f", "xxh32", "xxh64", "xxh3", "xxh128"],
	...["haval128,3", "haval160,3", "haval192,3", "haval224,3", "haval256,3", "haval128,4", "haval160,4"],
	...["haval192,4", "haval224,4", "haval256,4", "haval128,5", "haval160,5", "haval192,5", "haval224,5"],
	"haval256,5",
];

/** PHP's names, and Node's where these differ. */
const NODE_NAMES: Readonly<Record<string, string>> = {
	md5: "md5",
	sha1: "sha1",
	sha224: "sha224",
	sha256: "sha256",
	"sha512/224": "sha512-224",
	"sha512/256": "sha512-256",
	sha384: "sha384",
	sha512: "sha512",
	"sha3-224": "sha3-224",
	"sha3-256": "sha3-256",
	"sha3-384": "sha3-384",
	"sha3-512": "sha3-512",
	ripemd160: "ripemd160",
};

const SMALL: Readonly<Record<string, (bytes: Buffer) => string>> = {
	adler32: (bytes) => hexadecimal(adler32(bytes)),
	crc32: (bytes) => bzipCrc32(bytes).toString("hex"),
	crc32b: (bytes) => hexadecimal(crc32(bytes, 0xedb88320)),
	crc32c: (bytes) => hexadecimal(crc32(bytes, 0x82f63b78)),
	fnv132: (bytes) =>
		hexadecimal(bytes.reduce((hash, byte) => (Math.imul(hash, 0x01000193) ^ byte) >>> 0, 0x811c9dc5)),
	fnv1a32: (bytes) =>
		hexadecimal(bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5)),
	fnv164: (bytes) => fnv64(bytes, (hash, byte) => (hash * FNV_PRIME) ^ byte),
	fnv1a64: (bytes) => fnv64(bytes, (hash, byte) => (hash ^ byte) * FNV_PRIME),
};

const FNV_PRIME = 0x100000001b3n;
const FNV_START = 0xcbf29ce484222325n;

function hexadecimal(value: number): string {
	return (value >>> 0).toString(16).padStart(8, "0");
}

function fnv64(bytes: Buffer, step: (hash: bigint, byte: bigint) => bigint): string {
	let hash = FNV_START;
	for (const byte of bytes) hash = BigInt.asUintN(64, step(hash, BigInt(byte)));
	return hash.toString(16).padStart(16, "0");
}

function adler32(bytes: Buffer): number {
	let a = 1;
	let b = 0;
	for (const byte of bytes) {
		a = (a + byte) % 65521;
		b = (b + a) % 65521;
	}
	return b * 65536 + a;
}

/** The one of bzip2, whose bytes PHP writes in the order of the machine. */
function bzipCrc32(bytes: Buffer): Buffer {
	let crc = 0xffffffff;
	for (const byte of bytes) {
		crc ^= byte << 24;
		for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
	}
	const digest = Buffer.alloc(4);
	digest.writeUInt32LE(~crc >>> 0);
	return digest;
}

function crc32(bytes: Buffer, polynomial: number): number {
	let crc = 0xffffffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
	}
	return ~crc;
}

export function hashLibrary(wiki: Wiki): Readonly<Record<string, Callback>> {
	return {
		listAlgorithms: () => [luaList(PHP_ALGORITHMS)],
		hashValue: (algorithm, value) => [hashValue(phpText(algorithm), value)],
	};

	function hashValue(algorithm: string, value: PhpValue): string {
		if (!PHP_ALGORITHMS.includes(algorithm)) fail(`Unknown hashing algorithm: ${algorithm}`);
		const bytes = Buffer.from(phpText(value), "latin1");
		const small = wiki.knowledge.own(SMALL, algorithm);
		if (small !== undefined) return small(bytes);
		const name = wiki.knowledge.own(NODE_NAMES, algorithm);
		if (name !== undefined) return createHash(name).update(bytes).digest("hex");
		const known = [...Object.keys(NODE_NAMES), ...Object.keys(SMALL)].join(", ");
		throw wiki.knowledge.missingError(`the hash algorithm "${algorithm}"`, `use one of ${known}`);
	}
}
