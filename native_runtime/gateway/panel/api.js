// Requests to the gateway. Every act carries this page's name, so that its echo is recognised among the events.

export const CLIENT = `panel:${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;

/** The gateway refused or did not answer; `status` is 0 when it could not be reached. `answer` is all it said. */
export class RequestError extends Error {
  constructor(status, message, answer = {}) {
    super(message);
    this.status = status;
    this.answer = answer;
  }
}

export const get = (path) => request("GET", path);
export const put = (path, body) => request("PUT", path, body);
export const post = (path, body) => request("POST", path, body);

/** A path with each part made safe: ids may hold slashes and spaces. */
export const path = (...parts) => `api/${parts.map(encodeURIComponent).join("/")}`;

async function request(method, address, body) {
  let response;
  let answer;
  try {
    response = await fetch(address, {
      method,
      headers: { "X-Origin": CLIENT, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    // Half an answer, of an app that is just leaving, is none.
    answer = response.ok ? await response.json() : await response.json().catch(() => ({}));
  } catch {
    throw new RequestError(0, "The app does not answer.");
  }
  if (!response.ok) throw new RequestError(response.status, answer.error ?? `The app answered ${response.status}.`, answer);
  return answer;
}
