/**
 * Strip markers: what MediaWiki puts in the place of text that must not be touched, such as <nowiki>. Here
 * nothing makes any, but modules look for them, and texts from elsewhere may hold some.
 */
export const MARKER_PREFIX = "\x7f'\"`UNIQ-";
export const MARKER_SUFFIX = "-QINU`\"'\x7f";

const MARKER = /\x7f'"`UNIQ-([^\x7f<>&'"]+)-QINU`"'\x7f/g;

/** StripState::killMarkers. */
export function killMarkers(text: string): string {
	return text.replace(MARKER, "");
}
