// Everything about one job, in a dialog: also the traceback of one that failed.
import { get, path } from "./api.js";
import { showDetails } from "./dialogs.js";
import { moment, words } from "./format.js";

export async function showJob(id) {
  const job = await get(path("jobs", id));
  showDetails(job.job, [
    ["Id", job.id], ["State", words(job.state)], ["Error", job.error], ["Queue", job.queue], ["Worker", job.worker], ["Priority", job.priority],
    ["Attempts", job.tries === null ? job.attempts : `${job.attempts} of ${job.tries}`], ["Created", moment(job.created_at)], ["Started", job.started_at && moment(job.started_at)],
    ["Finished", job.finished_at && moment(job.finished_at)], ["Caused by", job.cause.join(" → ")],
  ], [
    ["Traceback", job.traceback],
    ["Arguments", JSON.stringify(job.payload, null, 2)],
    ["Result", job.result === null ? "" : JSON.stringify(job.result, null, 2)],
  ]);
}
