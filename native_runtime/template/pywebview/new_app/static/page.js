/** Asks for a folder to be measured, and follows the job until it is over. */

const LOOK_EVERY = 250; // milliseconds
const OVER = ["success", "failed", "oom", "timeout", "crashed", "cancelled", "lost"];

const form = document.querySelector("form");
const bar = document.querySelector("progress");
const status = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  bar.hidden = false;
  form.querySelector("button").disabled = true;
  try {
    status.textContent = "Measuring …";
    const { id } = await ask("folders", { method: "POST", body: form.elements.folder.value });
    status.textContent = sentence(await end(id));
  } catch (error) {
    status.textContent = error.message;
  } finally {
    form.querySelector("button").disabled = false;
    bar.hidden = true;
  }
});

async function end(id) {
  for (;;) {
    const job = await ask(`/api/jobs/${encodeURIComponent(id)}`);
    if (OVER.includes(job.state)) return job;
    bar.value = job.progress ?? 0;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function sentence(job) {
  if (job.state !== "success") return job.error || `It ended as ${job.state}.`;
  const { files, bytes } = job.result;
  const megabytes = (bytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 });
  return `${files.toLocaleString()} ${files === 1 ? "file" : "files"}, ${megabytes} MB`;
}

async function ask(address, options) {
  const response = await fetch(address, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `The app answered ${response.status}.`);
  return answer;
}
