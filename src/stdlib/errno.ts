// Failures of system calls as C tells them: strerror's text and errno's number.

import { constants } from "node:os";
import type { LuaValue } from "../engine/api.ts";
import { cString } from "../lua51/value.ts";

const TEXTS: Readonly<Record<string, string>> = {
	E2BIG: "Argument list too long",
	EACCES: "Permission denied",
	EAGAIN: "Resource temporarily unavailable",
	EBADF: "Bad file descriptor",
	EBUSY: "Device or resource busy",
	ECHILD: "No child processes",
	EEXIST: "File exists",
	EFBIG: "File too large",
	EINVAL: "Invalid argument",
	EIO: "Input/output error",
	EISDIR: "Is a directory",
	ELOOP: "Too many levels of symbolic links",
	EMFILE: "Too many open files",
	EMLINK: "Too many links",
	ENAMETOOLONG: "File name too long",
	ENFILE: "Too many open files in system",
	ENODEV: "No such device",
	ENOENT: "No such file or directory",
	ENOEXEC: "Exec format error",
	ENOMEM: "Cannot allocate memory",
	ENOSPC: "No space left on device",
	ENOTDIR: "Not a directory",
	ENOTEMPTY: "Directory not empty",
	ENOTTY: "Inappropriate ioctl for device",
	ENXIO: "No such device or address",
	EPERM: "Operation not permitted",
	EPIPE: "Broken pipe",
	EROFS: "Read-only file system",
	ESPIPE: "Illegal seek",
	ETXTBSY: "Text file busy",
	EXDEV: "Invalid cross-device link",
};

/** The errno name of a failed call of node:fs; anything else is a mistake of ours. */
export function errorCode(thrown: unknown): string {
	const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
	if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw thrown;
	return noteError(code);
}

/** C's errno: the name of the last failure, whatever failed. */
let errno = "";

/** For a failure that is told of later, or in another way. */
export function noteError(code: string): string {
	errno = code;
	return code;
}

/** For what C would refuse and is not tried. */
export function systemError(code: string): Error {
	return Object.assign(new Error(code), { code: noteError(code) });
}

export function lastError(): string {
	return errno;
}

export function errorText(code: string): string {
	return TEXTS[code] ?? `Unknown error ${code}`;
}

/** What a library function returns for a failure: nil, "path: text", number. */
export function failure(code: string, path?: string): readonly LuaValue[] {
	const text = errorText(noteError(code));
	const numbers: Readonly<Record<string, number>> = constants.errno;
	return [undefined, path === undefined ? text : `${cString(path)}: ${text}`, numbers[code] ?? 0];
}

/** A path as bytes, up to its first zero byte as C reads it. */
export function pathBytes(path: string): Buffer {
	return Buffer.from(cString(path), "latin1");
}
