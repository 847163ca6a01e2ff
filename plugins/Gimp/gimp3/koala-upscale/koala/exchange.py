"""One run of "koala-client stdio", which docs/stdio.md of koala-client describes."""

import json
import queue
import subprocess
import threading

from .client import KoalaError, start_client

# Bytes of rows that one read or write of a layer moves.
CHUNK = 4 << 20


def pixel_bytes(text):
    """Bytes of a pixel of a format such as "RGBA u16"."""
    channels, sample = text.split(" ")
    return len(channels) * {"u8": 1, "u16": 2, "float": 4}[sample]


class Exchange:
    """libgimp is not thread-safe: threads only move bytes between pipes and queues."""

    def __init__(self, request):
        self._process = start_client("stdio")
        self._to_client = queue.Queue(maxsize=4)
        self._from_client = queue.Queue(maxsize=4)
        self._events = queue.Queue()
        # Of a launcher or a loader that knows nothing of events.
        self._last_words = None
        self._request = request
        self._row_bytes = None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        for thread in (threading.Thread(target=self._write, daemon=True), threading.Thread(target=self._read, daemon=True), self._listener):
            thread.start()

    def run(self, read_rows, write_rows, show):
        """read_rows(y, n) -> bytes; write_rows(y, bytes); show(event). Returns when the client has ended well."""
        width, height, pixel = self._request["width"], self._request["height"], pixel_bytes(self._request["format"])
        rows = max(1, CHUNK // (width * pixel))
        sent, received, done, ended, failure = 0, 0, False, False, None

        def hear():
            nonlocal done, failure
            while not self._events.empty():
                event = self._events.get()
                failure = event.get("message", failure) if event.get("event") == "error" else failure
                done = done or event.get("event") == "done"
                show(event)

        while not ended:
            while sent < height and not self._to_client.full():
                count = min(rows, height - sent)
                self._to_client.put(read_rows(sent, count))
                sent += count
            try:
                # The wait is short where there is still something to send.
                answer = self._from_client.get(timeout=0.02 if sent < height else 0.1)
                if answer is None:
                    ended = True
                elif isinstance(answer, dict):
                    self._row_bytes = answer["width"] * pixel_bytes(answer["format"])
                else:
                    write_rows(received, answer)
                    received += len(answer) // self._row_bytes
            except queue.Empty:
                pass
            hear()
        code = self._process.wait()
        # Only now: its end would have meant that nobody waits.
        try:
            self._process.stdin.close()
        except OSError:
            pass  # Something that the client did not want any more was left in the pipe.
        # The last line may still be on its way.
        self._listener.join(timeout=5)
        hear()
        if code != 0 or not done:
            raise KoalaError(
                failure or f"koala-client ended with code {code}: {self._last_words or 'no explanation'}; try \"koala-client status\" in a terminal.")

    def abandon(self):
        """Ends the client, if it has not ended. The worker notices."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _write(self):
        left = self._request["height"] * self._request["width"] * pixel_bytes(self._request["format"])
        try:
            self._process.stdin.write((json.dumps(self._request) + "\n").encode())
            while left > 0:
                rows = self._to_client.get()
                left -= len(rows)
                self._process.stdin.write(rows)
                self._process.stdin.flush()
        except (OSError, ValueError):
            pass  # The client has ended; the end of its output says so.

    def _read(self):
        output = self._process.stdout
        try:
            line = output.readline()
            if line:
                header = json.loads(line)
                self._from_client.put(header)
                row_bytes = header["width"] * pixel_bytes(header["format"])
                size = max(1, CHUNK // row_bytes) * row_bytes
                while rows := output.read(size):
                    self._from_client.put(rows[: len(rows) // row_bytes * row_bytes])
        finally:
            self._from_client.put(None)

    def _listen(self):
        for line in self._process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                self._last_words = line.decode(errors="replace").strip() or self._last_words
                continue
            if isinstance(event, dict):
                self._events.put(event)
