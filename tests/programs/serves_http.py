"""Listens on a free port that it prints; answers 200, or 500 after it was told `sick` on stdin."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

sick = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(500 if sick.is_set() else 200)
        self.end_headers()


def listen() -> None:
    for line in sys.stdin:
        if line.strip() == "sick":
            sick.set()


threading.Thread(target=listen, daemon=True).start()
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("serving", flush=True)
server.serve_forever()
