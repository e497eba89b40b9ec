// A line of the latest figures. It only illustrates: the figure beside it is what is read out.

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 100;
const HEIGHT = 24;

export function createSparkline() {
  const line = document.createElementNS(NAMESPACE, "polyline");
  const node = document.createElementNS(NAMESPACE, "svg");
  node.append(line);
  for (const [key, value] of Object.entries({ class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" })) node.setAttribute(key, value);
  return {
    node,
    update(values) {
      const points = pointsOf(values);
      if (line.getAttribute("points") !== points) line.setAttribute("points", points);
    },
  };
}

/** From zero at the bottom to the highest of them at the top; nothing for less than two. */
function pointsOf(values) {
  if (values.length < 2) return "";
  const highest = Math.max(...values, 1);
  const step = WIDTH / (values.length - 1);
  return values.map((value, index) => `${(index * step).toFixed(1)},${(HEIGHT - 1 - (value / highest) * (HEIGHT - 2)).toFixed(1)}`).join(" ");
}
