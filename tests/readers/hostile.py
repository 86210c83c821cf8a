#!/usr/bin/env python3
"""hostile.py FILE [few]: write a capture whose every field tries to harm whoever reads about it.

Each bad text stands in every field of one SMTP, one POP3 and one IMAP session: greetings, names,
addresses, mailbox names, flags, response codes, header fields, message text, unknown commands.
With "few" it stands in one of the three, by turns, for readers that take their time.
Every session is complete and well formed otherwise, so that the texts reach all tables, pictures
and questions.
"""

import struct
import sys

BAD = [
    b"<script>alert(1)</script>",
    b"\"><img src=x onerror=alert(1)><a href=javascript:alert(1)>x</a>",
    b"&amp;&lt;script&#62;&#x3c;&unknown;",
    b"]]></text><answer fraction=\"100\"/><![CDATA[",
    b"<!-- --> --!> <?xml ?> <!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
    b"</style><style>*{display:none}</style></svg></title></table>",
    b"\x1b]0;title\x07\x1b[2J\x1b[31m\x08\x08\x9b31m",
    b"nul\x00nul\x01\x02\x0b\x0c\x0e\x1f\x7f",
    b"bare\rCR and bare\nLF",
    "\u202etxt.exe\u2066\u2069\u200b\ufeff \u00ad\U000e0041".encode(),
    b"\xff\xfe\xc3( \xed\xa0\x80 \xf4\x90\x80\x80 \xc0\xaf",
    "\ufffe\uffff\U0001ffff\u0085".encode(),
    b"=cmd|' /C calc'!A0",
    b"+1+1",
    b"-1-1",
    b"@SUM(1;2)",
    b"\t=1,2;3\"quoted\"\"twice\"",
    b"%%{init: {}}%% ; end #lt; wrap: nowrap: activate P1",
    b"{~=%50%#}:: -> // $CATEGORY: \\n \\ ####",
    b"{1:MULTICHOICE:=a~b} @@PLUGINFILE@@ @@x@@",
    b"`` | \\| ` [x](javascript:alert(1)) ![y](http://192.0.2.66/z) **b** # h",
    b"0",
    b"//",
    b"long " + b"A" * 30000 + b" end",
    b"long " + b"<&\">'" * 800,
    b"long " + "\u00e9\u202e".encode() * 500,
]

SECOND = 1_795_000_000


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    """Ethernet frames with IPv4 and TCP, 1 ms apart, in a classic file."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.frames = 0
        self.connections = 0

    def frame(self, source, target, flags, seq, ack, payload):
        tcp = struct.pack("!HHIIBBHHH", source[1], target[1], seq, ack, 5 << 4, flags, 65000, 0, 0)
        pseudo = source[0] + target[0] + struct.pack("!BBH", 0, 6, len(tcp) + len(payload))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp + payload)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(payload), self.frames & 0xFFFF,
                         0x4000, 64, 6, 0) + source[0] + target[0]
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        octets = b"\x02" * 12 + b"\x08\x00" + ip + tcp + payload
        micros = self.frames * 1000
        self.file.write(struct.pack("<IIII", SECOND + micros // 1_000_000, micros % 1_000_000,
                                    len(octets), len(octets)))
        self.file.write(octets)
        self.frames += 1

    def session(self, port, turns):
        """turns: ("C" or "S", octets)."""
        self.connections += 1
        client = (bytes([192, 0, 2, 1 + self.connections % 3]), 30000 + self.connections)
        server = (bytes([198, 51, 100, 25]), port)
        ends = {"C": (client, server), "S": (server, client)}
        seq = {"C": 1001, "S": 5001}
        self.frame(client, server, 0x02, 1000, 0, b"")
        self.frame(server, client, 0x12, 5000, 1001, b"")
        self.frame(client, server, 0x10, 1001, 5001, b"")
        for who, octets in turns:
            other = "S" if who == "C" else "C"
            for start in range(0, len(octets), 1400):
                piece = octets[start:start + 1400]
                self.frame(*ends[who], 0x18, seq[who], seq[other], piece)
                seq[who] += len(piece)
        self.frame(client, server, 0x11, seq["C"], seq["S"], b"")
        self.frame(server, client, 0x11, seq["S"], seq["C"] + 1, b"")
        self.frame(client, server, 0x10, seq["C"] + 1, seq["S"] + 1, b"")


def message(number, bad):
    return (b"From: " + bad + b" <anna@alpha.example>\r\nTo: " + bad + b"\r\nSubject: " + bad +
            b"\r\nDate: " + bad + b"\r\nMessage-ID: <" + bad + b"-%d@x>\r\n\r\n" % number + bad +
            b"\r\n")


def smtp(number, bad):
    return [
        ("S", b"220 " + bad + b" ESMTP\r\n"),
        ("C", b"EHLO " + bad + b"\r\n"),
        ("S", b"250-" + bad + b"\r\n250-" + bad + b"\r\n250-AUTH PLAIN\r\n250 SIZE 99\r\n"),
        ("C", bad + b" " + bad + b"\r\n"),
        ("S", b"502 5.5.2 " + bad + b"\r\n"),
        ("C", b"AUTH PLAIN " + bad + b"\r\n"),
        ("S", b"535 5.7.8 " + bad + b"\r\n"),
        ("C", b"MAIL FROM:<" + bad + b"> BODY=" + bad + b"\r\n"),
        ("S", b"250 2.1.0 " + bad + b"\r\n"),
        ("C", b"RCPT TO:<" + bad + b"> NOTIFY=" + bad + b"\r\n"),
        ("S", b"250 2.1.5 " + bad + b"\r\n"),
        ("C", b"DATA\r\n"),
        ("S", b"354 " + bad + b"\r\n"),
        ("C", message(number, bad) + b".\r\n"),
        ("S", b"250 2.0.0 Ok: queued as " + bad + b"\r\n"),
        ("C", b"QUIT\r\n"),
        ("S", b"221 " + bad + b"\r\n"),
    ]


def pop3(number, bad):
    text = message(number, bad)
    return [
        ("S", b"+OK " + bad + b"\r\n"),
        ("C", b"USER " + bad + b"\r\n"),
        ("S", b"+OK " + bad + b"\r\n"),
        ("C", b"PASS " + bad + b"\r\n"),
        ("S", b"+OK " + bad + b"\r\n"),
        ("C", b"CAPA " + bad + b"\r\n"),
        ("S", b"+OK " + bad + b"\r\n" + bad + b"\r\n.\r\n"),
        ("C", b"UIDL\r\n"),
        ("S", b"+OK\r\n1 " + bad + b"\r\n.\r\n"),
        ("C", b"RETR 1\r\n"),
        ("S", b"+OK " + bad + b"\r\n" + text + b".\r\n"),
        ("C", b"DELE 1\r\n"),
        ("S", b"+OK " + bad + b"\r\n"),
        ("C", bad + b"\r\n"),
        ("S", b"-ERR " + bad + b"\r\n"),
        ("C", b"QUIT\r\n"),
        ("S", b"+OK " + bad + b"\r\n"),
    ]


def literal(octets):
    return b"{%d}\r\n" % len(octets) + octets


def quoted(octets):
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def imap(number, bad):
    text = message(number, bad)
    envelope = b"(" + b" ".join(
        [literal(bad)] * 2 + [b"((" + b" ".join([literal(bad)] * 4) + b"))"] * 6 +
        [literal(bad)] * 2) + b")"
    return [
        ("S", b"* OK [CAPABILITY IMAP4rev1 " + bad + b"] " + bad + b"\r\n"),
        ("C", b"a1 LOGIN {%d+}\r\n" % len(bad) + bad + b" " + quoted(bad) + b"\r\n"),
        ("S", b"a1 OK [" + bad + b"] " + bad + b"\r\n"),
        ("C", b'a2 LIST "" {%d+}\r\n' % len(bad) + bad + b"\r\n"),
        ("S", b"* LIST (\\" + bad + b') "/" ' + literal(bad) + b"\r\na2 OK " + bad + b"\r\n"),
        ("C", b"a3 SELECT {%d+}\r\n" % len(bad) + bad + b"\r\n"),
        ("S", b"* 1 EXISTS\r\n* FLAGS (" + bad + b")\r\n* OK [UIDVALIDITY 7] " + bad +
         b"\r\na3 OK [READ-WRITE] " + bad + b"\r\n"),
        ("C", b"a4 FETCH 1 (FLAGS ENVELOPE BODY[])\r\n"),
        ("S", b"* 1 FETCH (UID 9 FLAGS (" + bad + b") ENVELOPE " + envelope + b" BODY[] " +
         literal(text) + b")\r\na4 OK " + bad + b"\r\n"),
        ("C", b"a5 STORE 1 +FLAGS (\\Deleted " + bad + b")\r\n"),
        ("S", b"* 1 FETCH (FLAGS (\\Deleted " + bad + b"))\r\na5 OK " + bad + b"\r\n"),
        ("C", b"a6 " + bad + b" " + bad + b"\r\n"),
        ("S", b"a6 BAD " + bad + b"\r\n"),
        ("C", bad + b" NOOP\r\n"),
        ("S", bad + b" OK " + bad + b"\r\n"),
        ("C", b"a8 EXPUNGE\r\n"),
        ("S", b"* 1 EXPUNGE\r\na8 OK " + bad + b"\r\n"),
        ("C", b"a9 LOGOUT\r\n"),
        ("S", b"* BYE " + bad + b"\r\na9 OK " + bad + b"\r\n"),
    ]


def main():
    capture = Capture(sys.argv[1])
    protocols = [(25, smtp), (110, pop3), (143, imap)]
    few = sys.argv[2:] == ["few"]
    for number, bad in enumerate(BAD):
        for port, talk in protocols[number % 3:][:1] if few else protocols:
            capture.session(port, talk(number, bad))


main()
