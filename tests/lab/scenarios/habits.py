"""What popular mail programs say, line by line, where the programs themselves cannot run here."""

from scenarios.common import AUTHOR, DOMAIN, arrive, letter, mail_to
from scenarios.imap_extensions import wire

HEADERS = ("From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups "
           "In-Reply-To Content-Type Reply-To")


def habit_thunderbird(lab):
    """flags of all, headers of new ones, the whole when opened, MOVE to Trash, empty Trash"""
    messages = [arrive(lab, "soup-210a"), arrive(lab, "soup-210b", subject="Dinner?")]
    device = wire(lab)
    device.do("wire.ask('1 namespace', '1 ')")
    device.do("""wire.ask('2 list (subscribed) "" "*"', '2 ')""")
    device.do("""wire.ask('3 select "INBOX"', '3 ')""")
    device.do("wire.ask('4 UID fetch 1:* (FLAGS)', '4 ')")
    device.do(f"wire.ask('5 UID fetch 1:2 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS "
              f"({HEADERS})])', '5 ')")
    device.do("keep('soup', wire.ask('6 UID fetch 1 (UID RFC822.SIZE BODY[])', '6 '))")
    device.do("""wire.ask('7 uid move 1 "Trash"', '7 ')""")
    device.do("wire.ask('8 IDLE', '+'); wire.ask('DONE', '8 ')")
    device.do("""wire.ask('9 select "Trash"', '9 ')""")
    device.do("wire.ask('10 UID fetch 1:* (FLAGS)', '10 ')")
    device.do(r"wire.ask('11 uid store 1:* +FLAGS (\\Deleted)', '11 ')")
    device.do("wire.ask('12 expunge', '12 ')")
    device.do("wire.ask('13 logout', '13 ')")
    return messages


def habit_thunderbird_slices(lab):
    """a large message is read in slices, the first of which has the header"""
    body = "Peas and beans and leeks and salt.\n" * 700 + "The soup is good.\n"
    message = arrive(lab, "soup-211", body=body)
    device = wire(lab)
    device.do("""wire.ask('1 select "INBOX"', '1 ')""")
    device.do("wire.ask('2 UID fetch 1:* (FLAGS)', '2 ')")
    device.do(f"wire.ask('3 UID fetch 1 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS "
              f"({HEADERS})])', '3 ')")
    device.do("keep('soup', wire.ask('4 UID fetch 1 (UID RFC822.SIZE BODY[]<0.12288>)', '4 '))")
    device.do("keep('soup', wire.ask('5 UID fetch 1 (UID RFC822.SIZE BODY[]<12288.16384>)', '5 '), "
              "more=True)")
    device.do("wire.ask('6 logout', '6 ')")
    return [message]


def habit_phone(lab):
    """SEARCH, headers and structure, the whole by PEEK; later MOVE and UID EXPUNGE"""
    message = arrive(lab, "soup-212")
    device = wire(lab, host="bob-phone")
    device.do("wire.ask('1 SELECT \"INBOX\"', '1 ')")
    device.do("wire.ask('2 UID SEARCH 1:* NOT DELETED', '2 ')")
    device.do("wire.ask('3 UID FETCH 1 (UID FLAGS)', '3 ')")
    device.do("wire.ask('4 UID FETCH 1 (UID INTERNALDATE RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS "
              "(date subject from content-type to cc reply-to message-id references)])', '4 ')")
    device.do("wire.ask('5 UID FETCH 1 (UID BODYSTRUCTURE)', '5 ')")
    device.do("keep('soup', wire.ask('6 UID FETCH 1 (UID BODY.PEEK[])', '6 '))")
    device.do("wire.ask('7 UID COPY 1 \"Trash\"', '7 ')")
    device.do(r"wire.ask('8 UID STORE 1 +FLAGS.SILENT (\\Deleted)', '8 ')")
    device.do("wire.ask('9 UID EXPUNGE 1', '9 ')")
    device.do("wire.ask('10 LOGOUT', '10 ')")
    return [message]


PARTS = f"""From: {AUTHOR}\r
To: {mail_to("bob")}\r
Subject: Lunch in parts\r
Message-Id: <soup-213@anna-laptop.{DOMAIN}>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=spoon\r
\r
--spoon\r
Content-Type: text/plain\r
\r
The soup is good.\r
--spoon\r
Content-Type: text/html\r
\r
<p>The soup is hot.</p>\r
--spoon--\r
"""


def habit_parts(lab):
    """header and every part, each by a FETCH of its own: with the last part the device has all"""
    message = lab.compose("anna-laptop", "soup-213", PARTS)
    device = lab.device("anna-laptop")
    device.quietly("smtp = smtplib.SMTP(server, 25, 'anna-laptop', timeout=30)")
    device.quietly(f"text = {PARTS.encode()!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    lab.wait_delivered(message, "bob")
    device = wire(lab)
    device.do("wire.ask('1 SELECT INBOX', '1 ')")
    device.do("wire.ask('2 FETCH 1:* (UID FLAGS BODYSTRUCTURE)', '2 ')")
    device.quietly("head = wire.ask('3 UID FETCH 1 (BODY.PEEK[HEADER])', '3 ')")
    device.quietly("two = wire.ask('4 UID FETCH 1 (BODY.PEEK[2])', '4 ')")
    device.do("keep('part', two)")
    device.do("keep('soup', head.split(b'\\r\\n', 1)[1] + "
              "wire.ask('5 UID FETCH 1 (BODY.PEEK[1])', '5 '))")
    device.do("wire.ask('6 LOGOUT', '6 ')")
    return [message]


def habit_pop3_program(lab):
    """CAPA, AUTH PLAIN, STAT, LIST, UIDL, RETR; the next session deletes what was read before"""
    messages = [arrive(lab, "soup-214a"), arrive(lab, "soup-214b", subject="Dinner?")]
    device = lab.device("bob-laptop")
    device.quietly("import base64; "
                   "plain = base64.b64encode(b'\\0bob\\0' + password('bob').encode())")
    login = ("wire = Wire(110); wire.hear('+OK'); wire.say('CAPA'); wire.hear('.'); "
             "wire.ask('AUTH PLAIN', '+'); wire.say(plain); wire.hear('+OK')")
    device.do(login)
    device.do("wire.ask('STAT', '+OK')")
    device.do("wire.ask('LIST', '.')")
    device.do("wire.ask('UIDL', '.')")
    device.do("keep('one', wire.ask('RETR 1', '.'))")
    device.do("keep('two', wire.ask('RETR 2', '.'))")
    device.do("wire.ask('QUIT', '+OK')")
    device.do(login)
    device.do("wire.ask('STAT', '+OK')")
    device.do("wire.ask('UIDL', '.')")
    device.do("wire.ask('DELE 1', '+OK')")
    device.do("wire.ask('QUIT', '+OK')")
    return messages


def habit_sent_copy(lab):
    """a program submits with AUTH and files its own copy in Sent; the recipient deletes his"""
    text = letter("soup-215")
    message = lab.compose("anna-laptop", "soup-215", text)
    device = lab.device("anna-laptop")
    device.quietly("smtp = smtplib.SMTP(server, 587, 'anna-laptop', timeout=30)")
    device.quietly(f"text = {text.encode()!r}")
    device.do("smtp.login('anna', password('anna'))")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "bob")
    device = wire(lab, host="anna-laptop", user="anna")
    device.quietly(f"text = {text.encode()!r}")
    device.do("wire.ask('1 APPEND \"Sent\" (\\\\Seen) {%d}' % len(text), '+'); "
              "wire.raw(text + b'\\r\\n'); wire.hear('1 ')")
    device.do("wire.ask('2 LOGOUT', '2 ')")
    phone = wire(lab, host="bob-phone")
    phone.do("wire.ask('1 SELECT INBOX', '1 ')")
    phone.do("wire.ask('2 UID FETCH 1:* (UID ENVELOPE)', '2 ')")
    phone.do(r"wire.ask('3 UID STORE 1 +FLAGS (\\Seen \\Deleted)', '3 ')")
    phone.do("wire.ask('4 CLOSE', '4 ')")
    phone.do("wire.ask('5 LOGOUT', '5 ')")
    return [message]


SCENARIOS = [
    habit_thunderbird, habit_thunderbird_slices, habit_phone, habit_parts, habit_pop3_program,
    habit_sent_copy,
]
