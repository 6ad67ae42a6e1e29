# SPDX-License-Identifier: Apache-2.0
"""A process that is told what to do line by line and tells what happens in JSON lines."""
import json
import os
import signal
import subprocess
import threading
import time

PATIENCE = float(os.environ.get("EVCP_INTEROP_PATIENCE", "30"))


class Process:
    """Keeps every event; a reader thread passes each to `on_event` first."""

    def __init__(self, command, log, env=None):
        self.command = [str(part) for part in command]
        self.log = log
        self.events = []
        self.taken = 0
        self.news = threading.Condition()
        self.writing = threading.Lock()
        self.ended = False
        with open(log, "ab") as errors:
            self.popen = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=env,
                                          stdout=subprocess.PIPE, stderr=errors)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def on_event(self, event):
        """Called on the reader thread, in order."""

    def _read(self):
        for line in self.popen.stdout:
            event = json.loads(line)
            with self.news:
                self.events.append(event)
            self.on_event(event)
            with self.news:
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def tell(self, line):
        with self.writing:
            self.popen.stdin.write(line.encode() + b"\n")
            self.popen.stdin.flush()

    def wait_for(self, look, what, timeout=None):
        """Wait until `look()` returns something; it runs under the lock."""
        deadline = time.monotonic() + (timeout or PATIENCE)
        with self.news:
            while True:
                found = look()
                if found is not None and found is not False:
                    return found
                left = deadline - time.monotonic()
                assert not self.ended, f"{self.command[0]} ended before {what}{self.tail()}"
                assert left > 0, f"{what}: it did not happen{self.tail()}"
                self.news.wait(left)

    def event(self, name, timeout=None, **members):
        """The next event with this name and these members; others are skipped, but kept."""
        def look():
            while self.taken < len(self.events):
                event = self.events[self.taken]
                self.taken += 1
                if event["event"] == name and members.items() <= event.items():
                    return event
            return None
        return self.wait_for(look, f"event {name} {members}", timeout)

    def happened(self, name, **members):
        """All events so far with this name and these members."""
        with self.news:
            return [e for e in self.events
                    if e["event"] == name and members.items() <= e.items()]

    def tail(self):
        last = "".join(f"\n  {json.dumps(e)[:300]}" for e in self.events[-12:])
        return f"\nlast events of {os.path.basename(self.command[-1])}:{last}"

    def errors(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def freeze(self):
        """The process stops, its sockets stay: a half-open link."""
        self.popen.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.popen.send_signal(signal.SIGCONT)

    def kill(self):
        self.popen.kill()
        self.popen.wait()
        self.reader.join()

    def wait(self):
        code = self.popen.wait(PATIENCE)
        self.reader.join()
        return code
