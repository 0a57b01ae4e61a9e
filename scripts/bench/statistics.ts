/** Medians, means and fits. */

export function median(values: readonly number[]): number {
	if (values.length === 0) return Number.NaN;
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
	if (values.length === 0) return Number.NaN;
	return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The exponent of the power law nearest to the points: the slope of a line through their logarithms. */
export function exponent(points: readonly (readonly [size: number, cost: number])[]): number {
	const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
	const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
	const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
	let above = 0;
	let below = 0;
	for (const [x, y] of logs) {
		above += (x - meanX) * (y - meanY);
		below += (x - meanX) ** 2;
	}
	return above / below;
}
