// workers.toml as text, with what is wrong at its line. What a person has typed is never overwritten by a load.
import { button, emptiness, h, setHidden, setText } from "./dom.js";
import { get, post, put, RequestError } from "./api.js";
import { confirmed } from "./dialogs.js";
import { attempt, tell } from "./notices.js";

const TYPING = 400; // milliseconds without a key before the text is checked

export function createConfig(root, acts) {
  let saved = null; // what was loaded: {text, digest}, lines ending in \n as a text field has them
  let lineEnd = "\n";
  let problemLines = new Set();
  let timer = null;
  let told = ""; // the problems that are listed, so that nobody hears of them twice

  const path = h("p", { class: "editor-path mono" });
  const changed = h("div", { class: "editor-note", role: "alert", hidden: true },
    h("span", { text: "The file was changed by somebody else. Reload to see their text, or keep yours: what they wrote is gone once you save it." }),
    button("Keep my text", keepMine));
  const gutter = h("div", { class: "editor-lines", "aria-hidden": "true" });
  const area = h("textarea", { class: "editor-text", spellcheck: "false", autocapitalize: "off", wrap: "off", rows: "24", "aria-label": "Text of workers.toml", "aria-describedby": "config-problems" });
  const list = h("ul", { class: "editor-problems" });
  const box = h("div", { id: "config-problems", role: "status", "aria-label": "Problems" }, list);
  const editor = h("div", { class: "editor" }, gutter, area);
  const page = h("div", { hidden: true }, path, changed, editor, box);
  const empty = emptiness("No file to edit", "");
  setHidden(empty, true);
  root.append(page, empty);
  const save = button("Save", store, { kind: "primary", title: "Ctrl+S" });
  const reload = button("Reload", () => discard(), { title: "Read the file again" });
  acts.append(reload, save);

  const isDirty = () => saved !== null && area.value !== saved.text;

  area.addEventListener("scroll", () => (gutter.scrollTop = area.scrollTop));
  area.addEventListener("input", () => {
    drawLines();
    drawButtons();
    clearTimeout(timer);
    timer = setTimeout(check, TYPING);
  });
  addEventListener("beforeunload", (event) => isDirty() && event.preventDefault());
  area.addEventListener("keydown", (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!save.disabled) save.click();
  });

  function drawLines() {
    const count = area.value.split("\n").length;
    const numbers = [];
    let from = 1;
    for (const line of [...problemLines].filter((each) => each <= count).sort((one, other) => one - other)) {
      numbers.push(range(from, line), h("span", { class: "editor-bad", text: `${line}\n` }));
      from = line + 1;
    }
    gutter.replaceChildren(...numbers, range(from, count + 1));
    gutter.scrollTop = area.scrollTop;
  }

  function drawButtons() {
    save.disabled = !isDirty();
  }

  function drawProblems(problems, warnings) {
    problemLines = new Set(problems.map((each) => each.line).filter(Boolean));
    if (problems.length) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
    const telling = JSON.stringify([problems, warnings]);
    if (telling !== told) list.replaceChildren(...problems.map((each) => problemItem(each, "bad")), ...warnings.map((each) => problemItem(each, "warn")));
    told = telling;
    drawLines();
  }

  function problemItem(problem, tone) {
    const text = [problem.key, problem.text].filter(Boolean).join(": ");
    const place = problem.line && button(`Line ${problem.line}`, () => goTo(problem.line, problem.column), { kind: "link" });
    return h("li", { data: { tone } }, ...(place ? [place, " "] : []), h("span", { text: problem.line ? text : problem.message }));
  }

  function goTo(line, column) {
    const before = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = area.value.indexOf("\n", before);
    area.focus();
    area.setSelectionRange(before + column - 1, end < 0 ? area.value.length : end);
    area.scrollTop = Math.max(0, (area.scrollHeight / area.value.split("\n").length) * (line - 4));
  }

  /** Ask the app; its problems are shown at their lines. Returns its answer, or null if it refused. */
  async function asked(request) {
    try {
      const answer = await request();
      drawProblems([], answer.warnings ?? []);
      return answer;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.answer.problems) drawProblems(error.answer.problems, []);
      else if (error.status === 409) setHidden(changed, false);
      else if (error.status !== 0) tell(error.message, "bad"); // 0: the banner says it
      return null;
    }
  }

  const outgoing = () => area.value.replaceAll("\n", lineEnd);

  async function check() {
    const text = area.value;
    const request = () => post("api/config/check", { text: outgoing() });
    if (saved !== null && text === saved.text) return;
    await asked(request);
  }

  async function store() {
    clearTimeout(timer);
    const text = area.value;
    const answer = await asked(() => put("api/config", { text: outgoing(), digest: saved.digest }));
    if (answer === null) {
      tell("Nothing was saved.", "bad");
      return;
    }
    saved = { text, digest: answer.digest };
    setHidden(changed, true);
    drawButtons();
    tell("workers.toml is saved");
  }

  async function discard() {
    if (isDirty() && !(await confirmed("Read the file again?", "What you have typed since is lost.", "Discard my text"))) return;
    await attempt(async () => {
      const document = await load();
      saved = null;
      show(document);
    });
  }

  /** What is typed stays, and may be saved over what somebody else wrote. */
  async function keepMine() {
    await attempt(async () => {
      const { digest, text } = await get("api/config");
      saved = { text: text.replaceAll("\r\n", "\n"), digest };
      setHidden(changed, true);
      drawButtons();
      area.focus();
    }, "Your text stays; Save writes it over theirs");
  }

  async function load() {
    try {
      return await get("api/config");
    } catch (error) {
      if (error instanceof RequestError && [409, 422].includes(error.status)) return { missing: error.message };
      throw error;
    }
  }

  function show(document) {
    root.ariaBusy = "false";
    setHidden(page, Boolean(document.missing));
    setHidden(acts, Boolean(document.missing));
    setHidden(empty, !document.missing);
    setText(empty.lastElementChild, document.missing ?? "");
    if (document.missing || document.digest === saved?.digest) return;
    if (isDirty()) {
      setHidden(changed, false);
      return;
    }
    lineEnd = document.text.includes("\r\n") ? "\r\n" : "\n";
    saved = { text: document.text.replaceAll("\r\n", "\n"), digest: document.digest };
    area.value = saved.text;
    setText(path, document.path);
    setHidden(changed, true);
    drawProblems(document.problems, document.warnings);
    drawButtons();
  }

  drawButtons();
  let shown = null;
  return {
    load,
    update(document) {
      if (document === shown) return; // drawn every second, loaded now and then
      shown = document;
      show(document);
    },
  };
}

function range(from, to) {
  let text = "";
  for (let number = from; number < to; number += 1) text += `${number}\n`;
  return text;
}
