// Long lists: of however many rows only those in sight are in the document, each at its place.
import { h, keyed } from "./dom.js";

const BEYOND = 6; // rows kept ready above and below those in sight
const TALLEST = 16_000_000; // pixels; browsers lay out no box that is much taller
const CONTROLS = "button, a[href]";

export class VirtualRows {
  #body;
  #table;
  #options;
  #height = 0;
  #count = 0;
  #itemAt = () => undefined;
  #range = { from: 0, to: 0 };
  #active = 0; // the row that Tab leads to
  #wanted = -1; // the row that the keyboard is about to go to
  #column = 0; // and which of its controls
  #anchor = null;
  #before = 0;
  #isScheduled = false;

  /**
   * `body`: what holds the rows; it becomes as tall as all of them, which are equally tall.
   * `create(item)`: a part, `{node, update(item)}`. `keyOf(item, index)`: the same part is kept for it.
   * `scroller`: what scrolls them, the page by default. `onRange(from, to)`: these rows are in sight now.
   * `roves`: one Tab leads into the list and the next ones through one row and out of it; arrows lead to other rows.
   */
  constructor(body, { create, keyOf = (item) => item.id, scroller = null, onRange = () => {}, roves = false }) {
    this.#body = body;
    this.#options = { create, keyOf, scroller, onRange, roves };
    body.classList.add("rows");
    const soon = () => this.#soon();
    (scroller ?? window).addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon, { passive: true });
    new ResizeObserver(soon).observe(body);
    body.addEventListener("keydown", (event) => this.#onKey(event));
    body.addEventListener("focusin", (event) => this.#activate(this.#partOf(event.target)));
  }

  /** What `create` made for the rows that are in the document. */
  get parts() {
    return this.#rows.map((row) => row.part);
  }

  /** How many rows can be scrolled to: browsers know an end. */
  get most() {
    return Math.min(this.#count, Math.floor(TALLEST / (this.#height || 1)));
  }

  /**
   * Show `count` rows; `itemAt(index)` is undefined for those that are not known yet.
   * `before`: rows of the same table that stand above them; `total`: all of its rows. `atEnd`: scroll to the last one.
   */
  show(count, itemAt, { before = 0, total = count, atEnd = false } = {}) {
    this.#count = count;
    this.#itemAt = itemAt;
    this.#table ??= this.#body.closest("table");
    this.#before = before;
    this.#table?.setAttribute("aria-rowcount", String(total + 1)); // with the headings
    if (!atEnd) this.#keepPlace();
    else if (this.#height === 0) this.#draw(); // how tall they are has to be seen first
    if (atEnd) this.#goToEnd();
    this.#draw();
  }

  get #rows() {
    return [...(this.#body.parts?.values() ?? [])];
  }

  #soon() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#draw();
    });
  }

  #draw() {
    if (this.#body.offsetParent === null) return; // its view is not open
    const focused = this.#partOf(document.activeElement);
    if (focused?.item !== undefined) this.#column = visibleControls(focused.node).indexOf(document.activeElement);
    this.#place(focused);
    if (this.#isOfAnotherHeight()) this.#place(focused);
    if (focused && !focused.node.isConnected) this.#focus(focused.index); // its row is gone, or known by now
    this.#anchor = this.#anchorNow();
    this.#options.onRange(this.#range.from, this.#range.to);
  }

  #place(focused) {
    const [from, to] = this.#inSight();
    this.#range = { from, to };
    const rows = new Map(Array.from({ length: to - from }, (_, offset) => [from + offset, this.#itemAt(from + offset)]));
    if (this.#wanted >= 0 && !rows.has(this.#wanted)) rows.set(this.#wanted, this.#itemAt(this.#wanted));
    // Scrolled out of sight, and yet the keyboard is there.
    if (focused && !rows.has(focused.index) && focused.index < this.most) rows.set(focused.index, focused.item);
    if (!focused && !rows.has(this.#active)) this.#active = Math.min(from + BEYOND, Math.max(from, to - 1));
    const inOrder = [...rows].sort(([one], [other]) => one - other);
    keyed(this.#body, inOrder, ([index, item]) => (item === undefined ? `blank ${index}` : this.#options.keyOf(item, index)), ([, item]) => this.#row(item));
    this.#stretch();
  }

  #stretch() {
    const size = `${this.most * this.#height}px`;
    if (this.#body.style.blockSize !== size) this.#body.style.blockSize = size;
  }

  /** The rows in sight, and some beside them. */
  #inSight() {
    const { top, height } = this.#window();
    const size = this.#height || height;
    const within = (index) => Math.max(0, Math.min(this.most, index));
    return [within(Math.floor(top / size) - BEYOND), within(Math.ceil((top + height) / size) + BEYOND)];
  }

  /** The part of the list that can be seen: pixels from its top, and how many. */
  #window() {
    const { scroller } = this.#options;
    const top = this.#body.getBoundingClientRect().top;
    return scroller ? { top: scroller.getBoundingClientRect().top - top, height: scroller.clientHeight } : { top: -top, height: innerHeight };
  }

  #row(item) {
    const part = item === undefined ? this.#blank() : this.#options.create(item);
    const row = {
      part,
      node: part.node,
      update: ([index, next]) => {
        row.index = index;
        row.item = next;
        if (next !== undefined) part.update(next);
        this.#settle(row);
      },
    };
    return row;
  }

  #blank() {
    const node = h("tr", { role: "row", class: "blank", tabindex: "-1" }, h("td", { role: "gridcell" }, h("span", { class: "sr", text: "Loading" })));
    node.style.blockSize = `${this.#height}px`;
    return { node };
  }

  #settle({ node, index }) {
    const top = `${index * this.#height}px`;
    if (node.style.insetBlockStart !== top) node.style.insetBlockStart = top;
    if (!this.#table) return;
    const rowIndex = String(this.#before + index + 2);
    if (node.ariaRowIndex !== rowIndex) node.ariaRowIndex = rowIndex;
    if (!this.#options.roves) return;
    for (const control of node.querySelectorAll(CONTROLS)) control.tabIndex = index === this.#active ? 0 : -1;
  }

  /** Measures a row; true if all have to be placed anew. */
  #isOfAnotherHeight() {
    const height = this.#rows[0]?.node.getBoundingClientRect().height ?? 0;
    if (height === 0 || Math.abs(height - this.#height) < 0.01) return false;
    this.#height = height;
    return true;
  }

  // What is read stays where it is, though rows come and go above it.

  #goToEnd() {
    this.#stretch();
    this.#options.scroller.scrollTop = this.#options.scroller.scrollHeight;
  }

  #anchorNow() {
    const index = Math.floor(this.#window().top / (this.#height || 1));
    const item = index >= 0 && !this.#options.scroller ? this.#itemAt(index) : undefined;
    return item === undefined ? null : { index, key: this.#options.keyOf(item, index) };
  }

  #keepPlace() {
    if (this.#anchor === null || this.#body.offsetParent === null) return;
    for (let index = this.#range.from; index < Math.min(this.#range.to, this.#count); index += 1) {
      const item = this.#itemAt(index);
      if (item === undefined || this.#options.keyOf(item, index) !== this.#anchor.key) continue;
      if (index !== this.#anchor.index) scrollBy({ top: (index - this.#anchor.index) * this.#height, behavior: "instant" });
      return;
    }
  }

  // Keyboard

  #partOf(node) {
    return this.#body.contains(node) ? this.#rows.find((row) => row.node.contains(node)) : undefined;
  }

  #activate(row) {
    if (!row || row.index === this.#active) return;
    this.#active = row.index;
    for (const each of this.#rows) this.#settle(each);
  }

  #onKey(event) {
    const row = this.#partOf(event.target);
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const controls = visibleControls(row.node);
    const column = controls.indexOf(event.target);
    if (column >= 0) this.#column = column;
    const page = Math.max(1, Math.floor(this.#window().height / this.#height) - 2);
    const wanted = { ArrowDown: row.index + 1, ArrowUp: row.index - 1, PageDown: row.index + page, PageUp: row.index - page, Home: 0, End: this.most - 1 }[event.key];
    const beside = { ArrowLeft: controls[column - 1], ArrowRight: controls[column + 1] }[event.key];
    if (wanted === undefined && !beside) return;
    event.preventDefault();
    if (beside) beside.focus();
    else this.#focus(wanted);
  }

  /** Lead the keyboard to a row, to the control that stands where it was. */
  #focus(index) {
    if (this.most === 0) return;
    this.#wanted = this.#active = Math.max(0, Math.min(this.most - 1, index));
    this.#place();
    const row = this.#rows.find((each) => each.index === this.#wanted);
    this.#wanted = -1;
    row.node.scrollIntoView({ block: "nearest", behavior: "instant" });
    const controls = visibleControls(row.node);
    (controls[Math.max(0, Math.min(this.#column, controls.length - 1))] ?? row.node).focus({ preventScroll: true });
  }
}

const visibleControls = (node) => [...node.querySelectorAll(CONTROLS)].filter((control) => !control.hidden && !control.disabled);
