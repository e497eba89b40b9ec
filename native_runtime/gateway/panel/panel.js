// The panel: keeps what it knows, shows it at most once a frame, and loads again when something happened.
import { CLIENT, get, post, RequestError } from "./api.js";
import { createBatches } from "./batches.js";
import { createConfig } from "./config.js";
import { createCrashes } from "./crashes.js";
import { confirmed } from "./dialogs.js";
import { setData, setHidden, setText } from "./dom.js";
import { createFailed } from "./failed.js";
import { createJobs } from "./jobs.js";
import { Live } from "./live.js";
import { attempt, tell } from "./notices.js";
import { showOverview } from "./overview.js";
import { createQueues } from "./queues.js";
import { Refresh } from "./refresh.js";
import { createWorkers } from "./workers.js";

const SLOW_POLL = 5_000; // milliseconds; events tell the rest
const LIVE_TEXT = { connecting: "Connecting", live: "Live", lost: "Disconnected" };
const VIEWS = ["overview", "jobs", "batches", "failed", "crashes", "config"];
const OF_BATCHES = /^(Job|Batch)/; // the end of a job may be all that moves a batch
const byId = (id) => document.getElementById(id);

const known = { status: null, at: 0, jobs: null, batches: null, failed: null, crashes: null, config: null };
let view = "overview";
let connection = "connecting";
let isExpired = false;

// Show

const workers = createWorkers(byId("workers"), act);
const queues = createQueues(byId("queues"), act);
const jobs = createJobs(byId("jobs"), byId("job-filter"), byId("pager"), act, () => loads.jobs.now());
const batches = createBatches(byId("batches"), byId("batch-pager"), act, () => loads.batches.now());
const failed = createFailed(byId("failed"), byId("failed-acts"), act);
const crashes = createCrashes(byId("crashes"), act);
const config = createConfig(byId("config"), byId("config-acts"));

let isScheduled = false;

function show() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    draw();
  });
}

function draw() {
  const age = connection === "lost" ? 0 : (performance.now() - known.at) / 1000;
  drawConnection();
  if (!known.status) return;
  setData(document.body, "loaded", "yes");
  showOverview(known.status, age);
  if (view === "overview") {
    workers.update(known.status, age);
    queues.update(known.status, age);
  }
  jobs.offerQueues(known.status.queues);
  if (known.jobs && view === "jobs") jobs.update(known.jobs);
  if (known.batches && view === "batches") batches.update(known.batches);
  if (known.failed) failed.update(known.failed);
  if (known.crashes) crashes.update(known.crashes);
  if (known.config) config.update(known.config);
  drawCount("failed", known.failed?.length);
  drawCount("crashes", known.crashes?.length);
}

function drawConnection() {
  const node = byId("connection");
  setText(node, LIVE_TEXT[connection]);
  setData(node, "state", connection);
  setData(document.body, "connection", connection);
  const banner = byId("banner");
  setText(banner, isExpired
    ? "This page belongs to an earlier run of the app. Open the panel again from the app."
    : "The app does not answer. What you see is the last that was known; the panel comes back by itself.");
  setHidden(banner, !isExpired && connection !== "lost");
}

function drawCount(name, count) {
  const node = document.querySelector(`[data-count=${name}]`);
  setText(node, count ? String(count) : "");
  setHidden(node, !count);
}

// Load

const loads = {
  status: loading(500, async () => {
    known.status = await get("api/status");
    known.at = performance.now();
  }),
  jobs: loading(500, async () => (known.jobs = await jobs.load())),
  batches: loading(1_000, async () => (known.batches = await batches.load())),
  failed: loading(1_000, async () => (known.failed = await get("api/failed"))),
  crashes: loading(1_000, async () => (known.crashes = await get("api/crashes"))),
  config: loading(1_000, async () => (known.config = await config.load())),
};

function loading(pace, load) {
  return new Refresh(async () => {
    try {
      await load();
      isExpired = false;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 401) isExpired = true;
      else if (error.status !== 0) tell(error.message, "bad"); // 0: the banner says it
    }
    show();
  }, pace);
}

function loadAll() {
  for (const load of Object.values(loads)) load.now();
}

function onEvent(event) {
  if (event.type === "JobProgress") {
    progressed(event);
    return;
  }
  // Our own acts load by themselves when they are done.
  if (event.origin === CLIENT && !event.type.startsWith("Process")) return;
  loads.status.soon();
  if (event.type.startsWith("Job") && view === "jobs") loads.jobs.soon();
  if (OF_BATCHES.test(event.type) && view === "batches") loads.batches.soon();
  if (["JobFailed", "JobQueued", "JobsRemoved"].includes(event.type)) loads.failed.soon();
  if (event.type === "CrashReported") loads.crashes.soon();
  if (event.type.startsWith("Config")) loads.config.soon();
}

/** Progress comes often: it is drawn from the event itself, without a request. */
function progressed({ job_id: id, progress, note }) {
  const job = known.jobs?.jobs.find((each) => each.id === id);
  if (!job) return;
  Object.assign(job, { progress, progress_note: note });
  show();
}

// Act

async function act(deed, done) {
  await attempt(deed, done);
  loads.status.now();
  loads.failed.now();
  loadView();
}

byId("stop-app").addEventListener("click", async () => {
  const sure = await confirmed("Stop the app?", "Workers finish the job in hand, then everything ends, this page included. Waiting jobs stay and go on at the next start.", "Stop the app");
  if (sure) await attempt(() => post("api/runtime/stop"), "The app stops");
});

// Views

function openView() {
  const wanted = location.hash.slice(1);
  if (wanted && !VIEWS.includes(wanted)) return; // another place on the page, such as #main
  view = wanted || "overview";
  for (const section of document.querySelectorAll("[data-view]")) setHidden(section, section.dataset.view !== view);
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  loadView();
  show();
}

/** Jobs, batches and the settings are read only while they are looked at. */
function loadView() {
  if (view === "jobs") loads.jobs.now();
  if (view === "batches") loads.batches.now();
  if (view === "config") loads.config.now();
}

const live = new Live({
  onEvent,
  onGap: loadAll,
  onState(state) {
    connection = state;
    show();
    if (state === "lost") loads.status.soon(); // tells a stopped app from a secret of an earlier run
  },
});

addEventListener("hashchange", openView);
document.addEventListener("visibilitychange", () => !document.hidden && loads.status.now());
setInterval(() => !document.hidden && show(), 1_000); // ages grow
setInterval(() => {
  if (document.hidden || isExpired) return;
  loads.status.soon();
  if (view === "jobs") loads.jobs.soon();
  if (view === "batches") loads.batches.soon();
}, SLOW_POLL);
openView();
live.connect();
