/** Puts the page together: events ask for a refresh, and at most one refresh runs at a time. */

import { Detail } from "./detail.js";
import { byId, make } from "./dom.js";
import { Failures } from "./failures.js";
import { Folders } from "./folders.js";
import { Grid } from "./grid.js";
import { Imports } from "./imports.js";
import { Photos } from "./photos.js";
import { get, Live } from "./server.js";
import { Similar } from "./similar.js";
import { Tabs } from "./tabs.js";

const PACE = 200; // milliseconds from one refresh to the next
const SCANS = "/api/jobs?queue=imports&limit=100"; // the jobs that look for pictures, the newest first

const photos = new Photos();
const grid = new Grid(byId("grid"), open);
const detail = new Detail((id) => { grid.select(null); grid.focus(id); });
const imports = new Imports();
const failures = new Failures();
const similar = new Similar(photos, open);
const folders = new Folders(refreshSoon);
const tabs = new Tabs((view) => {
  if (view === "similar") similar.refresh();
  if (view === "failures") failures.draw();
});

function open(id) {
  const photo = photos.find(id);
  if (!photo) return;
  detail.show(photo);
  grid.select(id);
}

let isAsked = false;
let isRunning = false;
let latest = -Infinity; // when a refresh began
let areLookalikesStale = false;

/** Whatever happens while a refresh runs, and a moment after it, leads to one more. */
function refreshSoon() {
  isAsked = true;
  if (isRunning) return;
  isRunning = true;
  setTimeout(refresh, Math.max(0, latest + PACE - performance.now()));
}

async function refresh() {
  isAsked = false;
  latest = performance.now();
  // The app may be stopping or gone: the connection says so, and leads to a refresh when it is back.
  const news = await Promise.all([photos.fetch(), get("progress"), get(SCANS)]).catch(() => null);
  isRunning = false;
  if (news) show(...news);
  else setTimeout(refreshSoon, 2000);
  if (isAsked) refreshSoon();
}

function show(fetched, progress, { jobs: scans }) {
  showPhotos(photos.take(fetched), progress.total === progress.done + progress.failed);
  imports.show(progress, scans);
  failures.show(progress.failures);
  folders.canChoose = progress.can_choose;
}

function showPhotos(change, isImportOver) {
  grid.apply(change, photos.sorted);
  byId("count-photos").textContent = photos.size ? photos.size.toLocaleString() : "";
  byId("empty-photos").hidden = photos.size > 0;
  byId("photos-tools").hidden = photos.size < 2;
  const shown = detail.shown && change.updated.find((photo) => photo.id === detail.shown);
  if (shown) detail.show(shown);
  areLookalikesStale ||= change.added.length > 0;
  if (areLookalikesStale && (isImportOver || tabs.current === "similar")) {
    areLookalikesStale = false;
    similar.refresh();
  }
}

byId("order").addEventListener("change", (event) => {
  photos.sortBy(event.target.value);
  grid.rearrange(photos.sorted);
});

byId("toggle-panel").addEventListener("click", () => showPanel(byId("panel").hidden));

function showPanel(isShown) {
  const pane = byId("panel");
  pane.hidden = !isShown;
  byId("toggle-panel").setAttribute("aria-pressed", String(isShown));
  // Loaded while it is looked at, gone when it is not: a hidden panel would go on asking.
  pane.replaceChildren(...(isShown ? [make("iframe", { src: "/?embed=1", title: "Status panel" })] : []));
  localStorage.setItem("photo-desk-panel", isShown ? "shown" : "hidden");
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) detail.close();
});

new Live(refreshSoon, (isUp) => {
  byId("link").hidden = isUp;
  if (isUp) refreshSoon();
});
if (localStorage.getItem("photo-desk-panel") === "shown") showPanel(true);
refreshSoon();
