"""A Python client on a device, led step by step: the lab says a line, looks at the disks, goes on.

In the lab's process a Device stands for the program; on the device this very file runs as the
program and has, for the lines that it is told, `server`, `folder`, `password`, the modules of the
mail protocols, `keep` and `Wire`.
"""

import json
import subprocess
import sys

if __name__ != "__main__":
    from network import PATIENCE


class Device:
    """The lab's end."""

    def __init__(self, lab, host, server):
        self.lab, self.host = lab, host
        self.process = subprocess.Popen(
            lab.network.inside(host, sys.executable, __file__, server, lab.device_folder(host)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def quietly(self, code, fails=False):
        """Do one line without looking at the disks; returns what it gave, as text."""
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        if not said:
            raise RuntimeError(f"{self.host}: the client ended at {code!r}")
        said = json.loads(said)
        if "error" in said and not fails:
            raise RuntimeError(f"{self.host}: {code}: {said['error']}")
        return said.get("error") or said.get("value")

    def do(self, code, fails=False):
        """Do one line, then look at the disks."""
        said = self.quietly(code, fails)
        self.lab.snapshot(f"{self.host}: {code}")
        return said

    def all(self, lines):
        """Do several lines, and look at the disks after each."""
        for line in lines.strip().splitlines():
            self.do(line.strip())

    def end(self):
        """The program ends; what it left open is closed by its system."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


def serve():
    """The device's end: read a line of Python, do it, answer."""
    import imaplib
    import io
    import pathlib
    import poplib
    import smtplib
    import socket
    import struct
    import time
    import zlib

    server, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    imaplib.Commands["MOVE"] = imaplib.Commands["UNSELECT"] = ("SELECTED",)

    class Inflated(io.RawIOBase):
        """The octets of a socket, inflated."""

        def __init__(self, connection):
            self.connection, self.unpacker = connection, zlib.decompressobj(wbits=-15)

        def readable(self):
            return True

        def readinto(self, buffer):
            text = b""
            while not text:
                octets = self.connection.recv(4096)
                if not octets:
                    return 0
                text = self.unpacker.decompress(octets)
            buffer[:len(text)] = text
            return len(text)

    class Wire:
        """A connection without a library: say a line, hear lines up to one that begins so."""

        def __init__(self, port, host=None):
            self.socket = socket.create_connection((host or server, port), timeout=30)
            self.file = self.socket.makefile("rb")
            self.packer = None

        def say(self, *lines):
            self.raw(b"".join(
                (line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines))

        def raw(self, text):
            text = text.encode() if isinstance(text, str) else text
            if self.packer is not None:
                text = self.packer.compress(text) + self.packer.flush(zlib.Z_SYNC_FLUSH)
            self.socket.sendall(text)

        def deflate(self):
            """From here on both sides compress (IMAP COMPRESS)."""
            self.packer = zlib.compressobj(wbits=-15)
            self.file.close()
            self.file = io.BufferedReader(Inflated(self.socket))

        def hear(self, *starts):
            """Read lines until each of `starts` has begun one, in whatever order; the lines."""
            heard, wanted = b"", [start.encode() for start in starts]
            while wanted:
                line = self.file.readline()
                if not line:
                    raise EOFError(heard)
                heard += line
                for start in wanted:
                    if line.startswith(start):
                        wanted.remove(start)
                        break
            return heard

        def ask(self, line, start):
            self.say(line)
            return self.hear(start)

        def close(self):
            self.file.close()
            self.socket.close()

        def reset(self):
            reset(self.socket)
            self.file.close()
            self.socket.close()

    def reset(connection):
        """From now on closing this socket sends RST and discards what is unsent."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def lose(client):
        """The connection of a poplib, imaplib or smtplib client is reset."""
        connection = client.sock
        reset(connection)
        if client.file is not None:
            client.file.close()
        connection.close()

    def octets(found):
        """The message text in what a library gave: octets, lines, or IMAP's list of pairs."""
        if isinstance(found, bytes):
            return found
        if isinstance(found, tuple) and len(found) == 3:
            return b"\r\n".join(found[1]) + b"\r\n"
        if isinstance(found, tuple):
            found = found[1]
        return b"".join(part[1] for part in found if isinstance(part, tuple))

    def keep(name, found, more=False):
        with open(folder / name, "ab" if more else "wb") as file:
            file.write(octets(found))

    names = {"server": server, "folder": folder, "imaplib": imaplib, "poplib": poplib,
             "smtplib": smtplib, "socket": socket, "time": time, "Wire": Wire, "keep": keep,
             "reset": reset, "lose": lose, "octets": octets,
             "password": lambda user: f"sesame-{user}"}
    for line in sys.stdin:
        code = json.loads(line)
        try:
            try:
                compiled = compile(code, "lab", "eval")
            except SyntaxError:
                exec(compile(code, "lab", "exec"), names)
                value = None
            else:
                value = names["_"] = eval(compiled, names)
            said = {"value": repr(value)}
        except Exception as error:  # whatever the library says is the scenario's business
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    serve()
