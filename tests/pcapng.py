"""pcap and pcapng as blocks, written without a look at mailgloss: what check-pcapng compares."""

import bz2
import gzip
import lzma
import struct

OWN = b"mailgloss "
SECTION, INTERFACE, PACKET, SIMPLE, NAMES, STATISTICS, ENHANCED, SECRETS = (
    0x0A0D0D0A, 1, 2, 3, 4, 5, 6, 10)
CUSTOM_KEPT, CUSTOM_LEFT = 0xBAD, 0x40000BAD


class Block:
    def __init__(self, kind, order, head=b"", packet=None, options=None, tail=b""):
        self.kind, self.order = kind, order
        self.head, self.packet, self.tail = head, packet, tail
        self.options = options

    def comments(self):
        return [value for code, value in self.options or [] if code == 1]

    def own(self):
        return [c for c in self.comments() if c.startswith(OWN)]


def content(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:3] == b"BZh":
        return bz2.decompress(data)
    if data[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(data)
    return data


def read_options(data, order):
    options, at = [], 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0 or at + 4 + length > len(data):
            break
        options.append((code, data[at + 4:at + 4 + length]))
        at += 4 + (length + 3) // 4 * 4
    return options


def read_pcapng(data):
    blocks, at, order, snaplens = [], 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\n\r\r\n":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            snaplens = []
        kind, length = struct.unpack_from(order + "II", data, at)
        total = (length + 3) // 4 * 4
        if length < 12 or at + total > len(data):
            break
        body = data[at + 8:at + total - 4]
        at += total
        if kind == SECTION:
            blocks.append(Block(kind, order, body[:8], options=read_options(body[16:], order),
                                tail=body[8:16]))
        elif kind == INTERFACE:
            snaplens.append(struct.unpack_from(order + "I", body, 4)[0])
            blocks.append(Block(kind, order, body[:8], options=read_options(body[8:], order)))
        elif kind in (ENHANCED, PACKET):
            captured = struct.unpack_from(order + "I", body, 12)[0]
            end = 20 + (captured + 3) // 4 * 4
            blocks.append(Block(kind, order, body[:20], body[20:20 + captured],
                                read_options(body[end:], order)))
        elif kind == SIMPLE:
            captured = struct.unpack_from(order + "I", body)[0]
            if snaplens[0]:
                captured = min(captured, snaplens[0])
            blocks.append(Block(kind, order, body[:4], body[4:4 + captured]))
        else:
            blocks.append(Block(kind, order, body))
    return blocks


def read_pcap(data):
    order = ">" if data[0] == 0xA1 else "<"
    magic = struct.unpack_from(order + "I", data)[0]
    nano = magic == 0xA1B23C4D
    header = 24 if magic == 0xA1B2CD34 else 16
    minor, = struct.unpack_from(order + "H", data, 6)
    snaplen, linktype = struct.unpack_from(order + "II", data, 16)
    options = [(9, b"\x09")] if nano else []
    if linktype & 0x04000000:
        options.append((13, bytes([(linktype >> 28) * 2])))
    blocks = [Block(SECTION, order, struct.pack(order + "IHH", 0x1A2B3C4D, 1, 0), options=[],
                    tail=b"\xff" * 8),
              Block(INTERFACE, order, struct.pack(order + "HHI", linktype & 0xFFFF, 0, snaplen),
                    options=options)]
    at = 24
    while at + header <= len(data):
        seconds, fraction, captured, original = struct.unpack_from(order + "IIII", data, at)
        if minor < 3 or (minor == 3 and captured > original):
            captured, original = original, captured
        if at + header + captured > len(data):
            break
        ticks = seconds * (10 ** 9 if nano else 10 ** 6) + fraction
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, captured, original)
        blocks.append(Block(ENHANCED, order, head, data[at + header:at + header + captured], []))
        at += header + captured
    return blocks


def read(path):
    data = content(path)
    return read_pcapng(data) if data[:4] == b"\n\r\r\n" else read_pcap(data)


def checksum_right(packet, linktype):
    """Whether the TCP checksum of a whole packet is right; None where that cannot be told."""
    at = {1: 14, 113: 16, 276: 20, 101: 0, 228: 0, 0: 4, 108: 4}.get(linktype)
    if at is None or len(packet) < at + 40:
        return None
    if linktype == 1:
        while packet[at - 2:at] in (b"\x81\x00", b"\x88\xa8"):
            at += 4
    if packet[at] >> 4 == 4:
        length, fragment = struct.unpack_from(">HxxH", packet, at + 2)
        header = (packet[at] & 15) * 4
        if packet[at + 9] != 6 or fragment & 0x3FFF or len(packet) < at + length:
            return None
        tcp = packet[at + header:at + length]
        pseudo = packet[at + 12:at + 20] + struct.pack(">BBH", 0, 6, len(tcp))
    elif packet[at] >> 4 == 6 and packet[at + 6] == 6:
        length, = struct.unpack_from(">H", packet, at + 4)
        tcp = packet[at + 40:at + 40 + length]
        if len(tcp) < length:
            return None
        pseudo = packet[at + 8:at + 40] + struct.pack(">IBBBB", len(tcp), 0, 0, 0, 6)
    else:
        return None
    data = pseudo + tcp + b"\0" * (len(tcp) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF
