// The panel: keeps what it knows, shows it at most once a frame, and loads again when something happened.
import { CLIENT, get, post, RequestError } from "./api.js";
import { createBatches } from "./batches.js";
import { createConfig } from "./config.js";
import { createCrashes } from "./crashes.js";
import { closeDetails, confirmed } from "./dialogs.js";
import { byId, setData, setHidden, setText } from "./dom.js";
import { createFailed } from "./failed.js";
import { keepFocus } from "./focus.js";
import { number } from "./format.js";
import { createJobs } from "./jobs.js";
import { Live } from "./live.js";
import { createLogs } from "./logs.js";
import { attempt } from "./notices.js";
import { createOverview } from "./overview.js";
import { createQueues } from "./queues.js";
import { Paces, Rate } from "./rate.js";
import { Refresh } from "./refresh.js";
import { createTroubles } from "./troubles.js";
import { createViews } from "./views.js";
import { createWorkers } from "./workers.js";

const SLOW_POLL = 5_000; // milliseconds; events tell the rest
const SETTLING = 1_500; // after a look that found jobs moving: no event tells that they do no more
const LIVE_TEXT = { connecting: "Connecting", live: "Live", lost: "Disconnected" };
const HEARD = [
  "ProcessStarting", "ProcessSpawned", "ProcessReady", "ProcessStateChanged", "ProcessStopping", "ProcessExited", "ProcessRestarting",
  "ProcessStopped", "ProcessReplaced", "ReplacementFailed", "ConfigReloaded", "ConfigRejected",
  "ProcessGaveUp", "StartupError", "CrashReported", "JobQueued", "JobStarted", "JobProgress", "JobSucceeded",
  "JobRetrying", "JobFailed", "JobCancelled", "JobsRemoved", "BatchFinished", "QueuePaused", "QueueResumed", "WorkerScaled",
];
const ENDS = new Set(["JobSucceeded", "JobFailed"]);
const OF_BATCHES = /^(Job|Batch)/; // the end of a job may be all that moves a batch
const OF_FAILED = new Set(["JobFailed", "JobQueued", "JobsRemoved"]);

const known = { status: null, at: 0, crashes: null, config: null };
const rate = new Rate();
const paces = new Paces();
let connection = "connecting";
let isExpired = false;
let settling = null;

// Show

const views = createViews(openView);
const troubles = createTroubles((name) => loads[name].now());
const overview = createOverview();
const workers = createWorkers(byId("workers"), act, paces);
const queues = createQueues(byId("queues"), act);
const jobs = createJobs(byId("jobs"), byId("job-filter"), act, show, () => loads.jobs.now());
const batches = createBatches(byId("batches"), act, show, () => loads.batches.now());
const failed = createFailed(byId("failed"), byId("failed-filter"), byId("failed-acts"), act, show, () => loads.failed.now());
const crashes = createCrashes(byId("crashes"), act);
const logs = createLogs(byId("logs"), byId("log-filter"), byId("log-acts"), (name) => views.go("logs", name));
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

const DRAW = {
  overview(age) {
    workers.update(known.status, age);
    queues.update(known.status, age);
  },
  jobs() {
    jobs.offerQueues(known.status.queues);
    jobs.update();
  },
  batches: () => batches.update(),
  failed: () => failed.update(countFailed()),
  crashes: () => known.crashes && crashes.update(known.crashes),
  logs: () => logs.update(known.status.children),
  config: () => known.config && config.update(known.config),
};

function draw() {
  const isLost = connection === "lost";
  const age = isLost ? 0 : (performance.now() - known.at) / 1000;
  drawConnection();
  if (!known.status) return;
  setData(document.body, "loaded", "yes");
  overview.update(known.status, age, isLost);
  DRAW[views.name](age);
  drawCount("failed", countFailed());
  drawCount("crashes", known.crashes?.length);
  drawTitle();
  keepFocus();
}

const countFailed = () => known.status.queues.reduce((total, queue) => total + queue.failed, 0);

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

function drawTitle() {
  const { app } = known.status.runtime;
  const title = views.name === "overview" ? app : `${views.title} · ${app}`;
  if (document.title !== title) document.title = title;
}

function drawCount(name, count) {
  const node = document.querySelector(`[data-count=${name}]`);
  setText(node, count ? number(count) : "");
  setHidden(node, !count);
}

// Load

const loads = {
  status: loading("status", 500, async () => {
    const before = known.status?.runtime.pid;
    known.status = await get("api/status");
    known.at = performance.now();
    paces.update(known.status.children);
    clearTimeout(settling);
    if (paces.areMoving) settling = setTimeout(() => loads.status.soon(), SETTLING);
    if (views.name === "logs") openLog();
    if (before !== undefined && before !== known.status.runtime.pid) loadAll(); // another run of the app, and nothing was heard of it
  }),
  jobs: loading("jobs", 500, jobs.load),
  batches: loading("batches", 1_000, batches.load),
  failed: loading("failed", 1_000, failed.load),
  crashes: loading("crashes", 1_000, async () => (known.crashes = await get("api/crashes"))),
  config: loading("config", 1_000, async () => (known.config = await config.load())),
};

function loading(name, pace, load) {
  return new Refresh(async () => {
    try {
      await load();
      isExpired = false;
      troubles.gone(name);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 401) isExpired = true;
      else if (error.status !== 0) troubles.tell(name, error.message); // 0: the banner says it
    }
    show();
  }, pace);
}

function loadAll() {
  loads.status.now();
  loads.crashes.now();
  loadView();
}

/** Lists and settings are read only while they are looked at. */
function loadView() {
  if (views.name in loads) loads[views.name].now();
}

function onEvent(event) {
  if (ENDS.has(event.type)) rate.add(1 + event.skipped);
  if (event.type === "JobProgress") {
    progressed(event);
    return;
  }
  // Our own acts load by themselves when they are done.
  if (event.origin === CLIENT && !event.type.startsWith("Process")) return;
  loads.status.soon();
  if (event.type.startsWith("Job") && views.name === "jobs") loads.jobs.soon();
  if (OF_BATCHES.test(event.type) && views.name === "batches") loads.batches.soon();
  if (OF_FAILED.has(event.type) && views.name === "failed") loads.failed.soon();
  if (event.type === "CrashReported") loads.crashes.soon();
  if (event.type.startsWith("Config")) loads.config.soon();
}

/** Progress comes often: it is drawn from the event itself, without a request. */
function progressed({ job_id: id, progress, note }) {
  const job = jobs.find((each) => each.id === id);
  if (!job) return;
  Object.assign(job, { progress, progress_note: note });
  show();
}

// Act

async function act(deed, done) {
  await attempt(deed, done);
  loads.status.now();
  loadView();
}

byId("stop-app").addEventListener("click", async () => {
  const sure = await confirmed("Stop the app?", "Workers finish the job in hand, then everything ends, this page included. Waiting jobs stay and go on at the next start.", "Stop the app");
  if (sure) await attempt(() => post("api/runtime/stop"), "The app stops");
});

// Views

function openView() {
  closeDetails();
  if (views.name === "logs") openLog();
  else logs.close();
  loadView();
  show();
}

/** The log that the address names, or that of the first child. */
function openLog() {
  logs.open(views.argument || (known.status?.children[0]?.name ?? null));
}

const live = new Live({ only: HEARD.join(","), brief: "1" }, { // events only say when to look: the latest of each sort is enough
  onEvent,
  onGap: loadAll,
  onState(state) {
    connection = state;
    show();
    loads.status.soon(); // tells a stopped app from a secret of an earlier run, and one run from another
  },
});

document.addEventListener("visibilitychange", () => !document.hidden && loads.status.now());
setInterval(() => {
  if (known.status && connection === "live") {
    overview.remember(known.status, rate.take());
    paces.remember();
  }
  if (!document.hidden) show(); // ages grow
}, 1_000);
setInterval(() => {
  if (document.hidden || isExpired) return;
  loads.status.soon();
  if (["jobs", "batches", "failed"].includes(views.name)) loads[views.name].soon();
}, SLOW_POLL);
views.open();
live.connect();
