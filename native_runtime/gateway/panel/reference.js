// The API reference: what /api/openapi.json says, for people.
import { get } from "./api.js";
import { cell, h, table } from "./dom.js";

const TITLES = { healthz: "Health", "openapi.json": "Description" }; // where an address is no word
const TONES = { GET: "good", POST: "busy", PUT: "warn", WS: "quiet" };

start();

async function start() {
  try {
    show(await get("/api/openapi.json"));
  } catch (error) {
    const banner = document.getElementById("banner");
    banner.textContent = error.message;
    banner.hidden = false;
  }
  document.body.dataset.loaded = "";
}

function show(api) {
  document.getElementById("facts").textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById("introduction").textContent = api.info.description;
  const groups = new Map();
  for (const operation of operationsOf(api)) {
    groups.set(operation.group, [...(groups.get(operation.group) ?? []), operation]);
  }
  const sections = [...groups].map(([group, operations]) => section(group, operations.map((each) => card(each, api))));
  document.getElementById("reference").replaceChildren(...sections, section("documents", documents(api)));
}

/** Everything that can be asked for, as `{group, method, path, summary, parameters, takes, answers}`. */
function operationsOf(api) {
  const found = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, told]) => ({
    group: told.tags[0],
    method: method.toUpperCase(),
    path,
    summary: told.summary,
    parameters: told.parameters ?? [],
    takes: schemaIn(told.requestBody),
    answers: Object.entries(told.responses).map(([status, answer]) =>
      ({ status, text: answer.description, schema: schemaIn(answer) })),
  })));
  const streams = Object.entries(api["x-websockets"]).map(([path, told]) => ({
    group: "events",
    method: "WS",
    path,
    summary: told.summary,
    parameters: told.parameters,
    answers: told.messages.map((schema) => ({ status: "message", text: named(schema, api)?.description ?? "", schema })),
  }));
  return [...found, ...streams];
}

const schemaIn = (part) => Object.values(part?.content ?? {})[0]?.schema;
const named = (schema, api) => api.components.schemas[schema.$ref?.split("/").at(-1)];

function section(title, cards) {
  const id = `group-${title}`;
  return h("section", { "aria-labelledby": id },
    h("div", { class: "section-head" }, h("h2", { id, text: TITLES[title] ?? title[0].toUpperCase() + title.slice(1) })),
    h("div", { class: "panel" }, ...cards));
}

function card({ method, path, summary, parameters, takes, answers }) {
  return h("details", { class: "card" },
    head("", h("span", { class: "pill", data: { tone: TONES[method] ?? "quiet" }, text: method }),
      h("code", { class: "mono", text: path }),
      h("span", { class: "muted", text: summary })),
    h("div", { class: "reference-body" },
      rows("Parameters", ["Name", "Where", "What"], parameters.map((each) =>
        [each.name, each.in, [typeOf(each.schema), each.description].filter(Boolean).join(". ")])),
      takes && h("div", {}, h("h3", { text: "Body" }), h("p", {}, typeNode(takes))),
      rows("Answers", ["Status", "Document", "What"], answers.map((each) => [each.status, typeNode(each.schema), each.text]))));
}

function documents(api) {
  return Object.entries(api.components.schemas).filter(([, schema]) => schema.properties).map(([name, schema]) =>
    h("details", { class: "card", id: name },
      head("of-document", h("code", { class: "mono", text: name }),
        h("span", { class: "muted", text: schema.description?.split("\n")[0] })),
      h("div", { class: "reference-body" }, rows("Keys", ["Name", "Type", "What"],
        Object.entries(schema.properties).map(([key, each]) => [key, typeNode(each), each.description ?? ""])))));
}

const head = (kind, ...parts) =>
  h("summary", { class: "reference-head" }, h("span", { class: `reference-line ${kind}`.trim() }, ...parts));

function rows(title, columns, lines) {
  if (!lines.length) return null;
  const node = table(title, columns.map((text) => ({ text })));
  node.append(h("tbody", { role: "rowgroup" }, ...lines.map((line) =>
    h("tr", { role: "row" }, ...line.map((part, index) => cell(columns[index], { class: index ? null : "mono" }, part || "–"))))));
  return h("div", {}, h("h3", { text: title }), node);
}

/** A type in words, with a link where it is one of the documents. */
function typeNode(schema) {
  const text = typeOf(schema);
  const name = (schema?.$ref ?? schema?.items?.$ref ?? schema?.anyOf?.find((each) => each.$ref)?.$ref)?.split("/").at(-1);
  if (!name) return h("span", { text });
  const link = h("a", { href: `#${name}`, text });
  link.addEventListener("click", () => document.getElementById(name)?.setAttribute("open", ""));
  return link;
}

function typeOf(schema = {}) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" or ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  return schema.type ?? "anything";
}
