// The job graph as SVG: columns by distance from the sources, redrawn as a whole only when the plan changes.
const svgSpace = "http://www.w3.org/2000/svg";
const box = { width: 222, height: 104, across: 56, down: 22 };

function make(name, attributes, text) {
  const element = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function shortened(text, length) {
  return text.length > length ? text.slice(0, length - 1) + "…" : text;
}

/** Places vertices: the column is the longest way from a source. */
export function layout(vertices) {
  const columns = [];
  const filled = [];
  const rows = vertices.map((vertex, index) => {
    const column = Math.max(0, ...vertex.inputs.map((input) => columns[input.from] + 1));
    columns[index] = column;
    filled[column] = (filled[column] ?? 0) + 1;
    return filled[column] - 1;
  });
  const most = Math.max(...filled, 1);
  return {
    width: Math.max(filled.length, 1) * (box.width + box.across) - box.across + 4,
    height: most * (box.height + box.down) - box.down + 4,
    places: rows.map((row, index) => ({
      x: 2 + columns[index] * (box.width + box.across),
      y: 2 + (row + (most - filled[columns[index]]) / 2) * (box.height + box.down),
    })),
  };
}

export class Graph {
  constructor(container, plan, onChoose) {
    const { width, height, places } = layout(plan.vertices);
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Job graph" });
    // As large as drawn where there is room, smaller where not, and never too small to read.
    svg.style.width = `${width}px`;
    svg.style.minWidth = `${width * 0.7}px`;
    this.edges = [];
    plan.vertices.forEach((vertex, to) => {
      for (const input of vertex.inputs) {
        const start = { x: places[input.from].x + box.width, y: places[input.from].y + box.height / 2 };
        const end = { x: places[to].x, y: places[to].y + box.height / 2 };
        // Over several columns it keeps to its row, so as not to vanish behind what stands between; it turns in the last gap.
        const turn = end.x - box.across;
        const middle = (turn + end.x) / 2;
        const path = make("path", {
          class: input.output === "main" ? "edge" : "edge letters",
          d: `M${start.x} ${start.y} H${turn} C${middle} ${start.y} ${middle} ${end.y} ${end.x} ${end.y}`,
        });
        path.append(make("title", {}, `${input.partitioning}${input.output === "main" ? "" : ", dead letters"}`));
        svg.append(path);
        if (input.output === "main") {
          const label = make("text", {
            class: "edge-text",
            x: start.x + box.across / 2, y: turn > start.x ? start.y - 6 : (start.y + end.y) / 2 - 6, "text-anchor": "middle",
          });
          svg.append(label);
          this.edges.push({ from: input.from, label });
        }
      }
    });
    this.nodes = plan.vertices.map((vertex, index) => {
      const { x, y } = places[index];
      const group = make("g", { class: `node ${vertex.role}`, tabindex: "0", role: "button", transform: `translate(${x} ${y})` });
      group.append(make("title", {}, `${vertex.name}: ${vertex.summary}`));
      group.append(make("rect", { width: box.width, height: box.height, rx: 9 }));
      group.append(make("text", { class: "name", x: 10, y: 20 }, shortened(vertex.name, 25)));
      const lines = [38, 55, 72, 89].map((line, number) => {
        const text = make("text", { class: number === 0 ? "" : "faint", x: 10, y: line });
        group.append(text);
        return text;
      });
      group.addEventListener("click", () => onChoose(index));
      group.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          onChoose(index);
        }
      });
      svg.append(group);
      return { group, lines, vertex };
    });
    container.replaceChildren(svg);
  }

  update(operators, named, chosen, words) {
    this.nodes.forEach(({ group, lines, vertex }, index) => {
      const state = operators[index];
      group.classList.toggle("named", named.has(vertex.id));
      group.classList.toggle("chosen", chosen === index);
      group.setAttribute("aria-pressed", chosen === index ? "true" : "false");
      if (!state) return;
      const rate = vertex.role === "sink" ? state.rowsInRate : state.rowsOutRate;
      lines[0].textContent = vertex.role === "operator"
        ? `${words.rate(state.rowsInRate)} in, ${words.rate(state.rowsOutRate)} out`
        : `${words.rate(rate)}, ${words.short(vertex.role === "sink" ? state.rowsIn : state.rowsOut)} in all`;
      lines[1].textContent = state.watermark === undefined ? "no watermark" : `watermark ${words.time(state.watermark)}`;
      const parts = [];
      if (state.stateBytes > 0) parts.push(`state ${words.bytes(state.stateBytes)}`);
      if (state.queuedBatches > 0) parts.push(`${state.queuedBatches} batches wait`);
      lines[2].textContent = parts.join(", ");
      lines[2].setAttribute("class", state.queuedBatches > 8 ? "pressure" : "faint");
      // How much of its time it had rows and no room for what would come of them.
      lines[3].textContent = state.heldBackShare >= 0.01 ? `held back ${Math.round(state.heldBackShare * 100)} % of the time` : "";
      lines[3].setAttribute("class", state.heldBackShare >= 0.5 ? "pressure" : "faint");
      group.setAttribute("aria-label", `${vertex.role} ${vertex.name}: ${lines.map((line) => line.textContent).filter(Boolean).join("; ")}`);
    });
    for (const { from, label } of this.edges) {
      const state = operators[from];
      label.textContent = state ? words.rate(state.rowsOutRate) : "";
    }
  }
}
