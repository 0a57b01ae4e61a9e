// The words of random programs (program-generator.ts). The first of each list is the simplest.

/** One word or literal each; none has a space in it, but for those after a line end. */
function words(text: string): readonly string[] {
	return text.trim().split(/\s+/);
}

export const NAMES: readonly string[] = words(
	`a b c d x y self this arguments constructor __proto__ new goto`,
);

export const FIELDS: readonly string[] = words(`x y z n k f m length constructor __index hasOwnProperty`);

export const NUMBERS: readonly string[] = words(
	`1 0 2 3 -1 0.5 10 7 255 256 1e15 2^53 -0 1/0 1e100 0x10 2147483648 4 5 -2.5 1e-5 -1/0 8 100
	1e308 5e-324 2^63 -2^31 123456789012345 0xffffffff .5 3. 1e14 1e16 0.1 -0.1 3.14159265358979 0/0 1e-10 65 2^1024`,
);

export const STRINGS: readonly string[] = [
	...words(`
	'a' '' '10' 'abc' 'x' '0x10' '1e1' 'a\\0b' '\\n' [[long]] '%d' 'n' '\\255' 'key=value' "q\\"q" 'nil'
	'__index' '1' 'inf' 'nan' '-5' '+5' '5.' '1e' '0x' '1_0' '%5' '%1' '^x' 'a.b' '\\0' '\\200\\129' '5e+2' 'xyzxyz'
`),
	"' 7 '",
	"'hello world'",
];

export const PATTERNS: readonly string[] = words(`
	'.' '%a+' '(.)(.)' '%d*' '^a' 'b$' '[^b]' '()' '%w' 'a-' '' '%b()' '%f[%w]' '(a)%1' '%s*' '[a-' '(a'
	'%' 'l+' '[%w_]+' '[^%s]+' '%S' '.-' '.-$' '^' '$' '[]]' '[^]]' '[a-z]*' '%z' '%x+' '(()a())' '%1' '[%a-z]' '%b' '%f'
	'(%w+)=(%w+)' 'a?' 'a+b' '[a' '[%' '%p' '%c' '%u' '(.-)%s' '(.)%1' 'x*$' '%g'
`);

export const FORMATS: readonly string[] = words(
	`'%d' '%s' '%5.2f' '%x' '%q' '%g' '%-5s|' '%05d' '%c' '%e' '%i%%' '%.3s' '%+d'
	'%5s' '%.20s' '%i' '%u' '%o' '%X' '%#x' '%E' '%G' '%f' '%.0f' '%10.4f' '%-8d|' '%5c|' '%' '%y' '%123d' '%.14g'
	'%%' '%.3d' '%+.2e' '%s%s' '%q%d' '%l' '%-5'`,
);

export const ARITHMETIC: readonly string[] = words(`+ - * / % ^`);

export const COMPARISONS: readonly string[] = words(`== ~= < <= > >=`);

export const EVENTS: readonly string[] = words(`
	__index __newindex __add __sub __mul __unm __concat __call __eq __lt __le __tostring __div __mod
	__pow __len
`);

export const STRAY_TOKENS: readonly string[] = words(`
	end ( ) = local function 1 's' nil . : , ; .. ... { } [ ] not - x return do then until break and for
	in ~ 3x [[ ' # == while
`);
