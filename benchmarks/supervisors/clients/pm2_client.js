// Speaks to a PM2 daemon by its own library, so that no command's start-up is measured.
// Starts the daemon; serves requests from stdin: `up`, `stop NAME`.
"use strict";
const pm2 = require("pm2");
const apps = JSON.parse(process.argv[2]);
const say = (word) => process.stdout.write(word + "\n");
const answer = (error) => {
  if (error) process.stderr.write(String(error.message || error) + "\n");
  say(error ? "failed" : "done");
};

pm2.connect((error) => {
  if (error) throw error;
  say("ready");
  require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const [request, name] = line.trim().split(" ");
    if (request === "up") pm2.start(apps, answer);
    else pm2.stop(name, answer);
  }).on("close", () => process.exit(0));
});
