"""Servers that refuse, give up, hold, throw away or die; clients that do not wait."""

from scenarios.common import AUTHOR, arrive, imap, letter, mail_to, pop3, send, smtp
from scenarios.imap import DELETED
from scenarios.smtp import DOUBT, step_by_step


def server_discards(lab):
    """the server accepts the message and throws it away"""
    lab.policy.add("DISCARD", protocol_state="END-OF-MESSAGE")
    lab.wire_cannot_show("the server says 250 and throws it away", "Email server")
    return [send(lab, "soup-190")]


def server_holds(lab):
    """the server accepts the message and puts it on hold; later it lets it go"""
    lab.policy.add("HOLD", times=1, protocol_state="END-OF-MESSAGE")
    message = send(lab, "soup-191")
    lab.wait(lambda: lab.in_queue(message, "hold"), "a message on hold")
    lab.snapshot("on hold")
    lab.postfix.command("postsuper", "-H", "ALL")
    lab.postfix.flush()
    lab.wait_delivered(message, "bob")
    return [message]


def server_redirects(lab):
    """the server gives the message to somebody else, who reads it"""
    lab.policy.add(f"REDIRECT {mail_to('carol')}", protocol_state="END-OF-MESSAGE")
    message = send(lab, "soup-192")
    lab.wait_delivered(message, "carol")
    imap(lab, user="carol", folder="INBOX").all(f"""
        keep('soup', imap.fetch('1', '(UID BODY.PEEK[])'))
        imap.store('1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.logout()
    """)
    return [message]


def too_many_errors(lab):
    """twenty unknown commands after RCPT: the server gives up with 421"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    device, message = step_by_step(lab, "soup-193")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    for unused in range(19):
        device.quietly("smtp.docmd('BANANA')", fails=True)
    device.do("smtp.docmd('BANANA')", fails=True)
    device.do("smtp.docmd('DATA')", fails=True)
    return [message]


def helo_only(lab):
    """an old client: HELO, no extensions"""
    text = letter("soup-194")
    message = lab.compose("anna-laptop", "soup-194", text)
    device = lab.device("anna-laptop")
    device.quietly("wire = Wire(25); wire.hear('220')")
    device.quietly(f"text = {text.encode()!r}")
    device.do("wire.ask('HELO anna-laptop', '250')")
    device.do(f"wire.ask('mail from:<{AUTHOR}>', '250')")
    device.do(f"wire.ask('rcpt to:<{mail_to('bob')}>', '250')")
    device.do("wire.ask('data', '354')")
    device.do("wire.raw(text); wire.ask('.', '250')")
    device.do("wire.ask('quit', '221')")
    lab.wait_delivered(message, "bob")
    return [message]


def two_transactions_pipelined(lab):
    """text, dot, and the whole next envelope with DATA in one segment"""
    texts = [letter("soup-195a").encode(), letter("soup-195b", to="carol").encode()]
    messages = [lab.compose("anna-laptop", f"soup-195{n}", text) for n, text in zip("ab", texts)]
    device = lab.device("anna-laptop")
    device.quietly("wire = Wire(25); wire.hear('220'); wire.ask('EHLO anna-laptop', '250 ')")
    device.quietly(f"one, two = {texts[0]!r}, {texts[1]!r}")
    device.do(f"wire.say('MAIL FROM:<{AUTHOR}>', 'RCPT TO:<{mail_to('bob')}>', 'DATA'); "
              "wire.hear('250', '250', '354')")
    device.do(f"wire.raw(one + b'.\\r\\nMAIL FROM:<{AUTHOR}>\\r\\nRCPT TO:<{mail_to('carol')}>"
              "\\r\\nDATA\\r\\n'); wire.hear('250', '250', '250', '354')")
    device.do("wire.raw(two + b'.\\r\\nQUIT\\r\\n'); wire.hear('250', '221')")
    lab.wait_delivered(messages[0], "bob")
    lab.wait_delivered(messages[1], "carol")
    return messages


def report_without_sender(lab):
    """MAIL FROM:<>: a report, delivered like any message"""
    text = letter("report-196", author="anna", subject="Delivery report")
    message = lab.compose("anna-laptop", "report-196", text)
    device = smtp(lab)
    device.quietly(f"text = {text.encode()!r}")
    device.do(f"smtp.sendmail('', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "bob")
    return [message]


def closed_before_dot_reply(lab):
    """the client sends dot and QUIT and closes at once; the server still accepts"""
    lab.policy.add("DUNNO", seconds=1, protocol_state="END-OF-MESSAGE")
    device, message = step_by_step(lab, "soup-197")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.docmd('DATA')")
    lab.wire_cannot_show("the client does not wait for the reply to the dot", DOUBT,
                         "User device")
    device.do("smtp.sock.sendall(text + b'.\\r\\nQUIT\\r\\n')")
    device.do("smtp.close()")
    lab.wait_delivered(message, "bob")
    return [message]


def nobody_listens(lab):
    """a port where nobody listens: the message stays where it is"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    message = lab.compose("anna-laptop", "soup-198", letter("soup-198"))
    device = lab.device("anna-laptop")
    device.do("smtplib.SMTP(server, 2525, timeout=5)", fails=True)
    return [message]


def pop3_server_dies(lab):
    """the server's process dies after DELE: nothing is removed"""
    message = arrive(lab, "soup-200")
    device = pop3(lab)
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.dele(1)")
    lab.kill_session("pop3")
    lab.snapshot("the server's process is dead")
    device.do("pop.quit()", fails=True)
    return [message]


def imap_server_dies(lab):
    """the server's process dies after STORE: the mark stays, EXPUNGE is never answered"""
    message = arrive(lab, "soup-201")
    device = imap(lab, folder="INBOX")
    device.do("imap.fetch('1', '(UID ENVELOPE)')")
    device.do(f"imap.store('1', '+FLAGS', {DELETED})")
    lab.kill_session("imap")
    lab.snapshot("the server's process is dead")
    device.do("imap.expunge()", fails=True)
    return [message]


def pop3_quit_unheard(lab):
    """DELE and QUIT in one segment, and the client resets without waiting for an answer"""
    message = arrive(lab, "soup-202")
    device = lab.device("bob-laptop")
    device.quietly("wire = Wire(110); wire.hear('+OK')")
    device.quietly("wire.say('USER bob', 'PASS ' + password('bob')); wire.hear('+OK', '+OK')")
    device.do("wire.say('UIDL', 'RETR 1'); wire.hear('+OK', '.'); "
              "keep('soup', wire.hear('+OK', '.'))")
    lab.wire_cannot_show("the client does not wait for the answer to QUIT: it may pass or not",
                         "User device or User device and server", "User device and server",
                         "User device")
    device.do("wire.say('DELE 1', 'QUIT'); wire.reset()")
    lab.wait(lambda: not lab.sessions("pop3"), "the end of the session")
    device = pop3(lab)
    device.do("pop.stat()")
    lab.wire_shows_again()
    device.do("pop.uidl()")
    device.do("pop.quit()")
    return [message]


def pop3_stls(lab):
    """STLS: what is removed inside TLS stays unseen"""
    message = arrive(lab, "soup-203")
    device = lab.device("bob-laptop")
    device.quietly("import ssl")
    device.quietly("pop = poplib.POP3(server, 110, timeout=30)")
    device.do("pop.stls(ssl._create_unverified_context())")
    lab.wire_cannot_show("the session is encrypted", "Email server", "Unknown")
    device.do("pop.user('bob')")
    device.do("pop.pass_(password('bob'))")
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.dele(1)")
    device.do("pop.quit()")
    return [message]


def imap_move_refused(lab):
    """MOVE and COPY to a folder that is not there: nothing moves"""
    message = arrive(lab, "soup-204")
    imap(lab, folder="INBOX").all(r"""
        imap.fetch('1', '(UID ENVELOPE)')
        imap.uid('MOVE', '1', 'Nowhere')
        imap.copy('1', 'Nowhere')
        imap.uid('MOVE', '99', 'Trash')
        imap.uid('STORE', '99', '+FLAGS', r'(\Deleted)')
        imap.expunge()
        imap.logout()
    """)
    return [message]


def imap_append_plus_refused(lab):
    """APPEND with {n+} to a folder that is not there: the text passes, and nothing is stored"""
    text = letter("note-205", author="bob", device="bob-laptop").encode()
    message = lab.compose("bob-laptop", "note-205", text)
    device = lab.device("bob-laptop")
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.quietly("wire.ask('a0 LOGIN bob ' + password('bob'), 'a0')")
    device.quietly(f"text = {text!r}")
    device.do("wire.raw(b'a1 APPEND Nowhere {%d+}\\r\\n' % len(text) + text + b'\\r\\n'); "
              "wire.hear('a1')")
    device.do("wire.raw(b'a2 APPEND Sent {%d+}\\r\\n' % len(text) + text + b'\\r\\n'); "
              "wire.hear('a2')")
    device.do("wire.ask('a3 LOGOUT', 'a3')")
    return [message]


def imap_append_reply_lost(lab):
    """the reply to APPEND never passes: the draft is stored, which nobody learns until SELECT"""
    text = letter("draft-206", author="bob", device="bob-laptop").encode()
    message = lab.compose("bob-laptop", "draft-206", text)
    device = lab.device("bob-laptop")
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.quietly("wire.ask('a0 LOGIN bob ' + password('bob'), 'a0')")
    device.quietly(f"text = {text!r}")
    device.do("wire.ask('a1 APPEND Sent {%d}' % len(text), '+')")
    lab.network.silence("mx", "bob-laptop")
    lab.wire_cannot_show("until the connection ends, the reply may still come", "User device")
    device.do("(wire.raw(text + b'\\r\\n'), time.sleep(0.5))")
    lab.wire_shows_again()
    lab.wire_cannot_show("the reply to APPEND never passes: either side may have it", DOUBT)
    device.do("wire.reset()")
    lab.network.unsilence("mx", "bob-laptop")
    device = imap(lab, host="bob-phone")
    device.do("imap.select('Sent')")
    device.do("imap.fetch('1', '(UID BODY.PEEK[HEADER])')")
    lab.wire_shows_again()
    lab.snapshot("the phone has seen it")
    device.do("imap.logout()")
    return [message]


def imap_move_reply_lost(lab):
    """the reply to MOVE never passes: the message is on the server, in one of two folders"""
    message = arrive(lab, "soup-207")
    device = imap(lab, folder="INBOX")
    device.do("imap.fetch('1', '(UID ENVELOPE)')")
    lab.network.silence("mx", "bob-laptop")
    lab.wire_cannot_show("the reply to MOVE never passes: either folder may have it")
    device.do("(imap.send(b'x1 UID MOVE 1 Trash\\r\\n'), time.sleep(0.5))")
    device.do("lose(imap)")
    lab.network.unsilence("mx", "bob-laptop")
    device = imap(lab, host="bob-phone")
    device.do("imap.select('Trash')")
    device.do("imap.fetch('1', '(UID ENVELOPE)')")
    device.do("imap.select('INBOX')")
    lab.wire_shows_again()
    device.do("imap.logout()")
    return [message]


SCENARIOS = [
    server_discards, server_holds, server_redirects, too_many_errors, helo_only,
    two_transactions_pipelined, report_without_sender, closed_before_dot_reply, nobody_listens,
    pop3_server_dies, imap_server_dies, pop3_quit_unheard, pop3_stls, imap_move_refused,
    imap_append_plus_refused, imap_append_reply_lost, imap_move_reply_lost,
]
