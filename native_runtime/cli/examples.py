"""An example of every command, as the last line of its help page."""

from __future__ import annotations

from typing import Final

# Command → what stands behind `native-runtime`.
EXAMPLES: Final = {
    "new": "new photo-sorter --name 'Photo Sorter'",
    "build": "build --format onedir --format deb",
    "runtime": "runtime -c workers.toml",
    "runtime:status": "runtime:status --watch",
    "runtime:stop": "-c ~/desk/workers.toml runtime:stop",
    "runtime:show": "runtime:show",
    "runtime:command": "runtime:command photo:scan ~/Pictures",
    "queue:work": "queue:work --queue=images,default --memory=64",
    "queue:status": "queue:status --json",
    "queue:jobs": "queue:jobs --state running --queue images",
    "queue:job": "queue:job j42",
    "queue:pause": "queue:pause images api",
    "queue:resume": "queue:resume images",
    "queue:clear": "queue:clear images",
    "queue:failed": "queue:failed --json",
    "queue:retry": "queue:retry j42 j43",
    "queue:forget": "queue:forget j42",
    "queue:flush": "queue:flush",
    "queue:batches": "queue:batches",
    "queue:batch": "queue:batch b7",
    "queue:cancel": "queue:cancel j42",
    "queue:stress": "queue:stress --count 20000 --queue images",
    "worker:up": "worker:up images",
    "worker:down": "worker:down images",
    "worker:restart": "worker:restart images",
    "worker:scale": "worker:scale images 4",
    "process:list": "process:list",
    "process:logs": "process:logs images:1 --follow",
    "process:start": "process:start api",
    "process:stop": "process:stop api",
    "process:restart": "process:restart images:1",
    "config:check": "config:check --plan",
    "config:show": "config:show --json",
    "config:schema": "config:schema > workers.schema.json",
    "config:set": "config:set workers.images.memory 96",
    "config:unset": "config:unset workers.images.memory",
    "crash:list": "crash:list",
    "crash:show": "crash:show --last",
}
