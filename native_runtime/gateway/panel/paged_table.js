// A table of any length: the gateway gives it in pages, the document holds the rows in sight.
import { emptiness, h, setHidden, setText, table } from "./dom.js";
import { number } from "./format.js";
import { Pages } from "./pages.js";
import { VirtualRows } from "./virtual.js";

/**
 * `name`: of the table, also as a class that says how wide its columns are. `empty`: `[title, text]`.
 * `fetch(query)`: asks for a page → `{items, total}`; `query` holds limit, offset and what the `filter` form says.
 * `create(item)`: a row's part. `onChange()`: there is something new to show. `refresh()`: load anew.
 */
export function createPagedTable(root, { name, columns, empty, fetch, create, keyOf, onChange, refresh, filter = null }) {
  const grid = table(name, columns, "grid");
  const body = h("tbody", { role: "rowgroup" });
  grid.append(body);
  grid.classList.add("grid", name.toLowerCase().replaceAll(" ", "-"));
  const nothing = emptiness(...empty);
  const nothingFound = emptiness("Nothing matches", "No entry has what you search for.");
  const beyond = h("p", { class: "beyond", hidden: true });
  root.append(grid, nothing, nothingFound, beyond);

  const filtered = () => (filter ? [...new FormData(filter)].filter(([, value]) => value !== "") : []);
  const pages = new Pages((offset, limit) => fetch(new URLSearchParams([...filtered(), ["limit", limit], ["offset", offset]])), onChange);
  const rows = new VirtualRows(body, { create, keyOf, roves: true, onRange: (from, to) => pages.want(from, to) });

  filter?.addEventListener("submit", (event) => event.preventDefault());
  filter?.addEventListener("input", () => {
    pages.reset();
    refresh();
  });

  return {
    load: () => pages.reload(),
    find: (claim) => pages.find(claim),
    get total() {
      return pages.total;
    },
    get isFiltered() {
      return filtered().length > 0;
    },
    update() {
      root.ariaBusy = String(pages.total === null);
      const isEmpty = pages.total === 0;
      setHidden(grid, pages.total === null || isEmpty);
      setHidden(nothing, !isEmpty || filtered().length > 0);
      setHidden(nothingFound, !isEmpty || filtered().length === 0);
      rows.show(pages.total ?? 0, (index) => pages.at(index));
      setHidden(beyond, !pages.total || rows.most >= pages.total);
      setText(beyond, `Of ${number(pages.total)} the first ${number(rows.most)} are listed; search for the others.`);
    },
  };
}
