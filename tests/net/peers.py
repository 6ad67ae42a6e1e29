# SPDX-License-Identifier: Apache-2.0
"""Peers on loopback for the tests of the connection: raw sockets, so that they can misbehave."""

import base64
import hashlib
import os
import queue
import socket
import ssl
import struct
import subprocess
import threading

PATIENCE_S = 30  # generous upper bound of every wait
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class Connection:
    """The server's end of one connection, frame by frame."""

    def __init__(self, sock):
        self.sock = sock
        self.request = ""
        self.headers = {}

    def exactly(self, count):
        data = b""
        while len(data) < count:
            got = self.sock.recv(count - len(data))
            if not got:
                raise EOFError("the charge point closed the connection")
            data += got
        return data

    def read_request(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.exactly(1)
        lines = data.decode("latin-1").split("\r\n")
        self.request = lines[0]
        self.headers = {k.lower(): v for k, v in (l.split(": ", 1) for l in lines[1:] if ": " in l)}
        return self

    def answer(self, subprotocol="ocpp1.6", extra=""):
        key = self.headers["sec-websocket-key"] + GUID
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        text = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n"
        )
        if subprotocol is not None:
            text += f"Sec-WebSocket-Protocol: {subprotocol}\r\n"
        self.sock.sendall((text + extra + "\r\n").encode())
        return self

    def upgrade(self, **options):
        return self.read_request().answer(**options)

    def refuse(self, status):
        self.read_request()
        self.sock.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    def send(self, opcode, payload=b"", final=True, rsv=0):
        payload = payload.encode() if isinstance(payload, str) else payload
        head = bytes([(0x80 if final else 0) | rsv | opcode])
        if len(payload) < 126:
            head += bytes([len(payload)])
        elif len(payload) < 65536:
            head += struct.pack(">BH", 126, len(payload))
        else:
            head += struct.pack(">BQ", 127, len(payload))
        self.sock.sendall(head + payload)

    def receive(self):
        """One frame: first byte, payload. The charge point has to mask."""
        first, second = self.exactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self.exactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.exactly(8))
        assert second & 0x80, "a client's frame has to be masked"
        mask = self.exactly(4)
        payload = self.exactly(length)
        plain = int.from_bytes(payload, "big") ^ int.from_bytes(
            (mask * (length // 4 + 1))[:length], "big"
        )
        return first, plain.to_bytes(length, "big")

    def receive_message(self):
        """A whole message, put together from fragments; control frames are skipped."""
        data = b""
        while True:
            first, payload = self.receive()
            if first & 8:
                continue
            data += payload
            if first & 0x80:
                return data

    def expect_close(self):
        while True:
            first, payload = self.receive()
            if first & 15 == CLOSE:
                return struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005

    def stay(self):
        """Reads until the charge point closes, and answers that."""
        try:
            while True:
                first, payload = self.receive()
                if first & 15 == CLOSE:
                    self.send(CLOSE, payload)
                    return
        except (EOFError, OSError):
            pass

    def wait_end(self):
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass

    def reset(self):
        """RST instead of a polite end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Server:
    """Runs `behave(connection)` for every connection; failures in it fail the test."""

    def __init__(self, behave, tls=None, family=socket.AF_INET, address="127.0.0.1"):
        self.behave = behave
        self.tls = tls
        self.errors = []
        self.requests = queue.Queue()
        self.socket = socket.socket(family)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, 0))
        self.socket.listen(8)
        self.port = self.socket.getsockname()[1]
        self.done = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        sock.settimeout(PATIENCE_S)
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            self.behave(Connection(sock))
        except (ssl.SSLError, ConnectionError):
            pass  # the charge point's texts are what counts
        except Exception as error:  # noqa: BLE001
            self.errors.append(error)
        finally:
            self.done.set()
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        self.socket.close()
        if kind is None and self.errors:
            raise self.errors[0]


class Probe:
    """net_probe as a child process."""

    def __init__(self, path, *options, mode="run"):
        environment = dict(os.environ)
        if mode == "uv":
            # libwebsockets 4.1 cannot free its context with libuv before the loop has run again
            environment["ASAN_OPTIONS"] = "detect_leaks=0"
        self.child = subprocess.Popen(
            [path, "--mode", mode, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def tell(self, *commands):
        for command in commands:
            self.child.stdin.write(command + "\n")
        self.child.stdin.flush()

    def expect(self, start):
        """The next line that begins so; other lines on the way are kept in `seen`."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE_S)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line {start!r}, but {self.seen}")
            self.seen.append(line)
            if line.startswith(start):
                return line

    def finish(self):
        try:
            self.tell("quit")
        except BrokenPipeError:
            pass
        self.child.stdin.close()
        status = self.child.wait(timeout=PATIENCE_S)
        errors = self.child.stderr.read()
        assert status == 0, f"net_probe ended with {status}: {errors}"
        assert errors == "", f"a library writes nothing to standard error: {errors}"

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        if kind is None:
            self.finish()
        else:
            self.child.kill()
            self.child.wait()
