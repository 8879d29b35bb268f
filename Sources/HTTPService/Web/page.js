import { Graph } from "./graph.js";

const element = (id) => document.getElementById(id);
const interval = 1000;

export const words = {
  count: (number) => (number === undefined ? "?" : Math.round(number).toLocaleString("en-US")),
  short: (number) => (number < 1e7 ? words.count(number) : number < 1e10 ? `${(number / 1e6).toFixed(1)} M` : `${(number / 1e9).toFixed(1)} G`),
  rate: (number) => `${words.count(number)}/s`,
  time: (milliseconds) => (milliseconds === undefined ? "–" : new Date(milliseconds).toISOString().slice(11, 19)),
  bytes(number) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    while (number >= 1024 && unit < 4) {
      number /= 1024;
      unit += 1;
    }
    return `${unit === 0 ? number : number.toFixed(1)} ${units[unit]}`;
  },
  duration(milliseconds) {
    const value = Math.max(milliseconds, 0);
    if (value < 1000) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    if (value < 120000) return `${(value / 1000).toFixed(value < 10000 ? 1 : 0)} s`;
    return value < 7200000 ? `${Math.floor(value / 60000)} min` : `${Math.floor(value / 3600000)} h`;
  },
};

const severities = { blocked: "Blocked", waiting: "Waiting", note: "Note", well: "Well" };
let token = sessionStorage.getItem("token") ?? "";
let plan;
let graph;
let chosen;
let chosenEpoch;
let last;
let announced = "";

// Requests

async function ask(path, method = "GET", body) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  if (answer.status === 401) element("token-form").hidden = false;
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.message);
  return document;
}

async function act(name, body) {
  try {
    const answer = await ask(`/api/v1/${name}`, "POST", body ?? {});
    say(`${answer.message}.`);
    await refresh();
  } catch (error) {
    say(`Not done: ${error.message}.`);
  }
}

function say(text) {
  element("notice").textContent = text;
}

// Tables

function cell(content, kind) {
  const made = document.createElement("td");
  if (content instanceof Node) made.append(content);
  else made.textContent = content ?? "–";
  if (kind) made.className = kind;
  return made;
}

/** Replaces a table's body, unless it would be the same: a selection in it stays. */
function fill(id, rows, empty) {
  const table = element(id);
  const key = JSON.stringify(rows.map((row) => row.key ?? row.cells.map((one) => one[0])));
  if (table.dataset.key === key) return;
  table.dataset.key = key;
  const made = rows.map((row) => {
    const line = document.createElement("tr");
    if (row.kind) line.className = row.kind;
    line.append(...row.cells.map(([content, kind]) => cell(content, kind)));
    return line;
  });
  if (made.length === 0) {
    const line = document.createElement("tr");
    const only = cell(empty, "empty");
    only.colSpan = table.tHead.rows[0].cells.length;
    line.append(only);
    made.push(line);
  }
  table.tBodies[0].replaceChildren(...made);
  rows[0]?.cells.forEach(([, kind], index) => {
    if (kind === "number") table.tHead.rows[0].cells[index].className = "number";
  });
}

function command(text) {
  const line = document.createElement("div");
  line.className = "command";
  const code = document.createElement("code");
  code.textContent = text;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a secure context there is no clipboard: selected, it can be copied by hand.
      getSelection().selectAllChildren(code);
    }
    say(`Copied: ${text}`);
  });
  line.append(code, button);
  return line;
}

/** A path as a shell takes it. */
function quoted(path) {
  return /^[\w\/.,:=+@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

const hasEnded = (job) => job.phase === "stopped" || job.phase === "failed";

// The parts of the page

function showHead(status) {
  const { job, process, takenAt } = status.snapshot;
  const worst = status.why[0]?.severity ?? "note";
  document.title = `${worst === "blocked" ? "⚠ " : ""}${job.name} – Millrace`;
  element("job").textContent = job.name;
  const phase = element("phase");
  phase.textContent = job.isPaused ? "paused" : job.isStopping && !hasEnded(job) ? "stopping" : job.phase;
  phase.className = `badge ${worst}`;
  element("facts").textContent =
    `checkpoint ${job.epoch} · up ${words.duration(takenAt - job.startedAt)} · ${words.bytes(process.residentBytes)} · ` +
    `${process.threads} threads · ${process.cpuSeconds.toFixed(1)} s CPU · ${job.restarts} restarts · version ${job.version}`;
  for (const name of ["checkpoint", "savepoint", "pause", "stop", "level"]) element(name).disabled = hasEnded(job);
  const pause = element("pause");
  pause.textContent = job.isPaused ? "Resume" : "Pause";
}

/** Reads out what is said anew; a text in which only times and numbers go on is not. */
function announce(findings) {
  const codes = [...new Set(findings.map((finding) => finding.code))].sort().join();
  if (codes === announced) return;
  announced = codes;
  element("announcement").textContent = findings.map((finding) => `${severities[finding.severity]}: ${finding.text}`).join(". ");
}

function showWhy({ why: findings, snapshot: { job } }) {
  announce(findings);
  const end = element("end");
  end.hidden = job.phase !== "failed";
  end.textContent = end.hidden ? "" : job.lastError;
  const list = element("findings");
  const key = JSON.stringify(findings);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...findings.map((finding) => {
    const item = document.createElement("li");
    item.className = finding.severity;
    item.dataset.code = finding.code;
    const kind = document.createElement("b");
    kind.textContent = severities[finding.severity];
    item.append(kind, finding.text);
    return item;
  }));
}

function showOperators({ snapshot, why }) {
  const named = new Set(why.filter((one) => one.severity !== "well").map((one) => one.subject));
  graph.update(snapshot.operators, named, chosen, words);
  fill("operators", snapshot.operators.map((one) => ({
    cells: [
      [one.name], [words.count(one.rowsInRate), "number"], [words.count(one.rowsOutRate), "number"],
      [words.count(one.rowsIn), "number"], [words.count(one.rowsOut), "number"],
      [words.count(one.lateRows.reduce((sum, rows) => sum + rows, 0)), "number"],
      [words.count(one.deadLetters + one.skippedRows), "number"], [String(one.queuedBatches), "number"],
      [`${Math.round(one.heldBackShare * 100)} %`, "number"],
      [words.bytes(one.stateBytes), "number"], [words.count(one.stateEntries), "number"], [words.time(one.watermark), "number"],
    ],
  })), "no operators yet");
  const workers = element("workers");
  if (workers.children.length !== snapshot.workers.length) {
    workers.replaceChildren(...snapshot.workers.map((_, index) => {
      const line = document.createElement("label");
      const meter = document.createElement("meter");
      meter.setAttribute("aria-label", `Worker ${index} busy`);
      line.append(`Worker ${index} `, meter, " ", document.createElement("span"));
      return line;
    }));
  }
  snapshot.workers.forEach((worker, index) => {
    const line = workers.children[index];
    line.querySelector("meter").value = worker.busyShare;
    line.querySelector("span").textContent =
      `${Math.round(worker.busyShare * 100)} % busy, ${Math.round(worker.heldBackShare * 100)} % held back`;
  });
}

function choose(index) {
  chosen = chosen === index ? undefined : index;
  if (!plan.vertices[chosen]) chosen = undefined;
  const panel = element("operator");
  panel.hidden = chosen === undefined;
  const lines = new Set(plan.vertices[chosen]?.lines);
  [...element("sql").children].forEach((line, number) => line.classList.toggle("marked", lines.has(number + 1)));
  if (chosen !== undefined) {
    const vertex = plan.vertices[chosen];
    const title = document.createElement("h3");
    title.textContent = `${vertex.name} (${vertex.role})`;
    const text = document.createElement("pre");
    const where = vertex.lines.length > 0 ? `SQL, marked below: line ${vertex.lines.join(", ")}` : "";
    text.textContent = [vertex.summary, ...vertex.details, `id ${vertex.id}`, where].filter(Boolean).join("\n");
    panel.replaceChildren(title, text);
  }
  if (last) showOperators(last);
}

function showCheckpoints({ snapshot }) {
  const { checkpoints } = snapshot;
  const timeline = element("timeline");
  const longest = Math.max(...checkpoints.map((one) => one.totalMilliseconds), 1);
  const key = checkpoints.map((one) => `${one.epoch}${one.isKept}`).join() + chosenEpoch;
  if (timeline.dataset.key !== key) {
    timeline.dataset.key = key;
    timeline.replaceChildren(...checkpoints.map((one) => {
      const bar = document.createElement("div");
      bar.className = `bar${one.isSavepoint ? " savepoint" : ""}${one.isKept ? "" : " gone"}${one.isEarlier ? " earlier" : ""}`;
      bar.id = `epoch-${one.epoch}`;
      bar.style.height = `${Math.max(6, (one.totalMilliseconds / longest) * 100)}%`;
      bar.setAttribute("role", "option");
      bar.setAttribute("aria-selected", one.epoch === chosenEpoch ? "true" : "false");
      bar.setAttribute("aria-label", `${one.isSavepoint ? "Savepoint" : "Checkpoint"} ${one.epoch}, ${words.time(one.committedAt)}, ` +
        (one.isEarlier ? "of an earlier process" : words.duration(one.totalMilliseconds)) + (one.isKept ? "" : ", no longer kept"));
      bar.title = bar.getAttribute("aria-label");
      bar.addEventListener("click", () => chooseEpoch(one.epoch));
      return bar;
    }));
    if (chosenEpoch !== undefined) timeline.setAttribute("aria-activedescendant", `epoch-${chosenEpoch}`);
    if (chosenEpoch === undefined) timeline.scrollLeft = timeline.scrollWidth;
  }
  timeline.hidden = checkpoints.length === 0;
  const newest = checkpoints.findLast((one) => !one.isEarlier);
  element("checkpoint-summary").textContent = newest
    ? `Last: ${newest.epoch} at ${words.time(newest.committedAt)} in ${words.duration(newest.totalMilliseconds)} ` +
      `(barriers ${words.duration(newest.captureMilliseconds)}, files ${words.duration(newest.storeMilliseconds)}, ` +
      `commit ${words.duration(Object.values(newest.commitMilliseconds).reduce((sum, one) => sum + one, 0))}), ` +
      `${words.bytes(newest.bytes)} written, state ${words.bytes(newest.stateBytes)}.`
    : "No checkpoint was committed by this process yet.";
}

function showSinks({ snapshot }) {
  fill("sinks", snapshot.sinks.map((one) => ({
    kind: one.trouble ? "waiting" : "",
    cells: [
      [one.table], [one.connector], [one.participant ?? "by itself"], [words.count(one.rows), "number"],
      [words.count(one.committedRows), "number"], [words.count(one.retries), "number"], [one.lastError ?? "–", "wrap"],
    ],
  })), "not connected yet");
  fill("participants", snapshot.participants.map((one) => ({
    kind: one.lastError || one.trouble ? "waiting" : "",
    cells: [
      [one.id], [one.isDecider ? "decides" : "follows"], [String(one.epoch), "number"], [words.count(one.commits), "number"],
      [words.count(one.failures), "number"], [words.count(one.retries), "number"], [one.lastError ?? one.trouble?.error ?? "–", "wrap"],
    ],
  })), snapshot.operators.length === 0 ? "not connected yet" : "nothing but the checkpoint's own file");
}

async function showThreads() {
  if (!element("threads-details").open) return;
  const { threadGroups } = await ask("/api/v1/process");
  fill("threads", threadGroups.map((one) => ({
    cells: [[one.name], [String(one.count), "number"], [`${one.cpuSeconds.toFixed(1)} s`, "number"]],
  })), "not known on this system");
}

async function chooseEpoch(epoch) {
  chosenEpoch = epoch;
  if (last) showCheckpoints(last);
  element(`epoch-${epoch}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const details = element("checkpoint-details");
  try {
    const found = (await ask("/api/v1/checkpoints")).find((one) => one.epoch === epoch);
    if (!found || chosenEpoch !== epoch) return;
    const title = document.createElement("h3");
    title.textContent = `${found.isSavepoint ? "Savepoint" : "Checkpoint"} ${epoch}, ${words.time(found.committedAt)}`;
    const times = document.createElement("p");
    const each = (map) => Object.entries(map).map(([name, value]) => `${name} ${words.duration(value)}`).join(", ") || "–";
    times.textContent = found.isEarlier
      ? `committed by an earlier process: what it took is not known; state ${words.bytes(found.stateBytes)}`
      : `barriers ${words.duration(found.captureMilliseconds)}; files ${words.duration(found.storeMilliseconds)}; ` +
      `rows handed over: ${each(found.prepareMilliseconds)}; commits: ${each(found.commitMilliseconds)}; ` +
      `${words.bytes(found.bytes)} written; state ${words.bytes(found.stateBytes)}`;
    const offsets = document.createElement("pre");
    offsets.tabIndex = 0;
    offsets.textContent = found.offsets.map((one) =>
      `${one.topic}-${one.partition}  next offset ${words.count(one.nextOffset)}  last event ${words.time(one.lastEventTime)}`).join("\n");
    const gone = document.createElement("p");
    gone.textContent = "No longer kept: newer checkpoints have taken its place (MILLRACE_CHECKPOINT_RETAINED; a savepoint stays).";
    const file = quoted(plan.file);
    const commands = found.isKept
      ? [
        command(`millrace replay ${file} --from-checkpoint ${epoch}`),
        command(`millrace run ${file} --from-checkpoint ${epoch}`),
        command(`millrace checkpoints show ${epoch} --job ${last.snapshot.job.name}`),
      ]
      : [gone];
    details.replaceChildren(title, times, offsets, ...commands);
  } catch (error) {
    say(error.message);
  }
}

/** The SQL text, each line with what it became. */
function showText() {
  const became = new Map();
  plan.vertices.forEach(({ lines }, index) => {
    for (const line of lines) became.set(line, [...(became.get(line) ?? []), index]);
  });
  const list = element("sql");
  list.replaceChildren(...plan.sql.replace(/\n$/, "").split("\n").map((text, index) => {
    const line = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = text === "" ? " " : text;
    line.append(code);
    const vertices = became.get(index + 1);
    if (vertices) {
      const names = vertices.map((vertex) => plan.vertices[vertex].name).join(", ");
      code.setAttribute("role", "button");
      code.setAttribute("aria-label", `Line ${index + 1}: ${text.trim()}. Became ${names}`);
      code.tabIndex = -1;
      // Again and again: one operator after the other.
      code.addEventListener("click", () => choose(vertices[(vertices.indexOf(chosen) + 1) % vertices.length]));
      const note = document.createElement("span");
      note.className = "became";
      note.textContent = names;
      note.setAttribute("aria-hidden", "true");
      line.append(note);
    }
    return line;
  }));
  const first = list.querySelector("[role=button]");
  if (first) first.tabIndex = 0;
}

/** Moves between the lines that became something; one of them takes part in the order of the tab key. */
function moveInText(event) {
  const lines = [...element("sql").querySelectorAll("[role=button]")];
  const index = lines.indexOf(event.target);
  if (index < 0) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    event.target.click();
    return;
  }
  const next = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: lines.length - 1 }[event.key];
  if (next === undefined || !lines[next]) return;
  event.preventDefault();
  lines[index].tabIndex = -1;
  lines[next].tabIndex = 0;
  lines[next].focus();
}

function showPartitions({ snapshot }) {
  fill("partitions", snapshot.partitions.map((one) => ({
    kind: one.activity === "waiting" || one.activity === "ahead" || one.activity === "gated" ? "waiting" : "",
    cells: [
      [`${one.topic}-${one.partition}`], [one.table], [words.count(one.nextOffset), "number"], [words.count(one.endOffset), "number"],
      [words.count(one.lag), "number"], [words.time(one.watermark), "number"], [words.time(one.lastEventTime), "number"],
      [words.time(one.lastRecordAt), "number"],
      [{ atEnd: "at its end", ahead: "too far ahead", gated: "held until others are loaded" }[one.activity] ?? one.activity],
    ],
  })), "no partitions yet");
}

function showLetters({ deadLetters }) {
  element("letters-summary").textContent = deadLetters.total === 0
    ? "None since this attempt began."
    : `${words.count(deadLetters.total)} rows were put aside since this attempt began.`;
  const rows = Object.entries(deadLetters.reasons).flatMap(([operator, reasons]) =>
    Object.entries(reasons).sort((left, right) => right[1] - left[1]).map(([reason, count]) => ({
      cells: [[operator], [reason], [words.count(count), "number"]],
    })));
  fill("letters", rows, "no reasons");
  fill("samples", [...deadLetters.samples].reverse().map((one) => ({
    cells: [
      [words.time(one.failedAt)], [one.operator], [one.reason], [one.message, "wrap"],
      [one.place ? `millrace deadletters show ${one.place}` : "–", "wrap"],
    ],
  })), "no samples");
  element("letters").hidden = element("samples").hidden = deadLetters.total === 0;
}

// Once, and every second

async function begin() {
  plan = await ask("/api/v1/plan");
  graph = new Graph(element("graph"), plan, choose);
  choose(undefined);
  showText();
  element("plan").textContent = plan.explanation;
  const configuration = await ask("/api/v1/configuration");
  fill("configuration", configuration.map((one) => ({
    cells: [[one.variable], [one.value, "wrap"], [one.meaning, "wrap"]],
  })), "nothing is configured");
  element("level").value = (await ask("/api/v1/log-level")).level;
}

async function refresh() {
  if (!plan) await begin();
  const status = await ask("/api/v1/status");
  last = status;
  showHead(status);
  showWhy(status);
  showOperators(status);
  showCheckpoints(status);
  showSinks(status);
  showPartitions(status);
  showLetters(status.snapshot);
  document.body.classList.remove("stale");
  await showThreads();
  document.body.dataset.epoch = status.snapshot.job.epoch;
}

async function loop() {
  try {
    await refresh();
    if (element("notice").dataset.lost) {
      element("notice").dataset.lost = "";
      say("");
    }
  } catch (error) {
    const isLost = error instanceof TypeError;
    element("notice").dataset.lost = "1";
    if (isLost && last && hasEnded(last.snapshot.job)) {
      // Its last words stay: they say why.
      const { phase } = last.snapshot.job;
      say(`The job has ${phase === "failed" ? "failed" : "stopped"} and its process has ended. What is shown is how it ended.`);
      plan = undefined;
      return again();
    }
    document.body.classList.add("stale");
    element("phase").textContent = isLost ? "no answer" : "refused";
    element("phase").className = "badge blocked";
    say(isLost ? "The job does not answer: it has ended, or the connection is lost. What is shown is old." : error.message);
    if (isLost) plan = undefined;
  }
  again();
}

function again() {
  setTimeout(loop, document.hidden ? interval * 5 : interval);
}

element("checkpoint").addEventListener("click", () => act("checkpoint"));
element("savepoint").addEventListener("click", () => act("savepoint"));
element("pause").addEventListener("click", () => act(last?.snapshot.job.isPaused ? "resume" : "pause"));
element("stop").addEventListener("click", () => {
  if (confirm("End the job after a last checkpoint, which is kept?")) act("stop", { savepoint: true });
});
element("level").addEventListener("change", (event) => act("log-level", { level: event.target.value }));
element("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("token").value.trim();
  sessionStorage.setItem("token", token);
  event.target.hidden = true;
});
element("sql").addEventListener("keydown", moveInText);
element("threads-details").addEventListener("toggle", () => showThreads().catch((error) => say(error.message)));
element("timeline").addEventListener("keydown", (event) => {
  const epochs = last?.snapshot.checkpoints.map((one) => one.epoch) ?? [];
  if (epochs.length === 0 || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const index = epochs.indexOf(chosenEpoch);
  const next = { ArrowLeft: index < 0 ? epochs.length - 1 : index - 1, ArrowRight: index + 1, Home: 0, End: epochs.length - 1 }[event.key];
  chooseEpoch(epochs[Math.min(Math.max(next, 0), epochs.length - 1)]);
});
loop();
