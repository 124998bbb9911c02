// Squarified treemaps (Bruls, Huizing, van Wijk: "Squarified Treemaps", 2000).

/** Rectangles, as near to squares as possible, for weights that are sorted from the largest down. */
function squarify(weights, { x, y, width, height }) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const placed = [];
  if (!total || width <= 0 || height <= 0) return placed;
  const scale = (width * height) / total;
  let start = 0;
  while (start < weights.length) {
    const side = Math.min(width, height);
    let end = start;
    let sum = 0;
    let worst = Infinity;
    while (end < weights.length) {
      const next = sum + weights[end] * scale;
      const thickness = next / side;
      const largest = (weights[start] * scale) / thickness;
      const smallest = (weights[end] * scale) / thickness;
      const ratio = Math.max(largest / thickness, thickness / smallest);
      if (end > start && ratio > worst) break;
      worst = ratio;
      sum = next;
      end += 1;
    }
    const thickness = Math.min(sum / side, Math.max(width, height));
    let along = 0;
    for (let at = start; at < end; at += 1) {
      const length = sum ? ((weights[at] * scale) / sum) * side : 0;
      placed.push(
        width >= height
          ? { x, y: y + along, width: thickness, height: length }
          : { x: x + along, y, width: length, height: thickness },
      );
      along += length;
    }
    if (width >= height) {
      x += thickness;
      width -= thickness;
    } else {
      y += thickness;
      height -= thickness;
    }
    start = end;
  }
  return placed;
}
