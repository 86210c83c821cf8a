"""One TCP connection, frame by frame, and a classic pcap file of it."""

import struct

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def total(data):
    data += b"\0" * (len(data) % 2)
    value = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return 0xFFFF - value


class Talk:
    """One TCP connection, frame by frame."""

    def __init__(self, port, sport=40000):
        self.frames, self.port, self.sport = [], port, sport
        self.seq = {True: 1000, False: 5000}
        self.ident = 1

    def tcp(self, client, payload, seq=None, flags=0x18):
        here, there = (self.sport, self.port) if client else (self.port, self.sport)
        seq = self.seq[client] if seq is None else seq
        head = struct.pack(">HHIIBBHHH", here, there, seq, self.seq[not client], 0x50, flags,
                           65535, 0, 0)
        source, target = (CLIENT, SERVER) if client else (SERVER, CLIENT)
        pseudo = source + target + struct.pack(">BBH", 0, 6, len(head) + len(payload))
        check = total(pseudo + head + payload)
        return head[:16] + struct.pack(">H", check) + head[18:] + payload

    def ip(self, client, data, offset=0, more=False, protocol=6):
        source, target = (CLIENT, SERVER) if client else (SERVER, CLIENT)
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), self.ident,
                           offset // 8 | (0x2000 if more else 0), 64, protocol, 0)
        head += source + target
        return head[:10] + struct.pack(">H", total(head)) + head[12:] + data

    def frame(self, packet):
        self.frames.append(b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + packet)

    def say(self, client, payload, flags=0x18):
        self.ident += 1
        self.frame(self.ip(client, self.tcp(client, payload, flags=flags)))
        self.seq[client] += len(payload) + (1 if flags & 3 else 0)

    def again(self, client, payload, back):
        """The same octets once more; `back`: how far the stream is beyond their beginning."""
        self.ident += 1
        self.frame(self.ip(client, self.tcp(client, payload, seq=self.seq[client] - back)))

    def begin(self, greeting):
        self.say(True, b"", 2)
        self.say(False, b"", 0x12)
        self.say(True, b"", 0x10)
        self.say(False, greeting)
        return self

    def end(self):
        self.say(True, b"", 0x11)
        self.say(False, b"", 0x11)
        self.say(True, b"", 0x10)
        return self


def write_pcap(path, frames, magic=0xA1B2C3D4, order="<"):
    with open(path, "wb") as file:
        file.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            file.write(struct.pack(order + "IIII", 1600000000, i * 1000, len(frame), len(frame)))
            file.write(frame)
