"""SMTP: who has the message after each command, reply and accident."""

from scenarios.common import (AUTHOR, SERVER, SERVER2, SOUP, arrive, letter, mail_to, needs,
                              password, send, smtp)

DOUBT = "User device or Email server"


def smtp_one_message(lab):
    """one message is sent; the server takes it over and delivers it"""
    return [arrive(lab, "soup-1")]


def smtp_recipient_refused(lab):
    """one message to three people; one of them is refused"""
    message = send(lab, "soup-10", to="bob,nobody,carol", check=False)
    lab.wait_delivered(message, "bob")
    lab.wait_delivered(message, "carol")
    return [message]


def smtp_starttls(lab):
    """STARTTLS: from there on the capture cannot tell (the disk says Email server)"""
    lab.wire_cannot_show("the session is encrypted", None, "Unknown")
    return [arrive(lab, "soup-11", options=("--tls",))]


def smtp_pipelining(lab):
    """the envelope in one segment, the replies together"""
    return [arrive(lab, "soup-12", to="bob,carol", options=("--pipeline",))]


def smtp_all_refused(lab):
    """the only recipient is refused: the sender keeps the message"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    return [send(lab, "soup-14", to="nobody", check=False)]


def smtp_three_recipients(lab):
    """one message, one transaction, three recipients"""
    return [arrive(lab, "soup-20", to="anna,bob,carol")]


def step_by_step(lab, name, to="bob", body=SOUP):
    """A device with an SMTP connection and a message to send, the lines of it in `text`."""
    text = letter(name, to=to, body=body)
    message = lab.compose("anna-laptop", name, text)
    device = smtp(lab)
    device.quietly(f"text = {text.encode()!r}")
    return device, message


def smtp_steps(lab):
    """MAIL, RCPT, DATA, text, dot: nothing moves before the reply to the dot"""
    device, message = step_by_step(lab, "soup-21")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        smtp.docmd('DATA')
        smtp.sock.sendall(text)
        (smtp.sock.sendall(b'.\\r\\n'), smtp.getreply())
        smtp.quit()
    """)
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_deferred(lab):
    """450 to the only recipient: the sender keeps the message; an hour later it is accepted"""
    lab.policy.add("450 4.7.1 come back later", times=1, protocol_state="RCPT",
                   recipient=mail_to("bob"))
    device, message = step_by_step(lab, "soup-22")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        smtp.quit()
    """)
    device, message = step_by_step(lab, "soup-22")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_dot_deferred(lab):
    """451 to the dot: the server has nothing; the second attempt is accepted"""
    lab.policy.add("451 4.3.0 try again", times=1, protocol_state="END-OF-MESSAGE")
    device, message = step_by_step(lab, "soup-23")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)", fails=True)
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_dot_refused(lab):
    """554 to the dot: the whole text was sent, and the sender still has the only copy"""
    lab.policy.add("554 5.7.1 we do not like it", protocol_state="END-OF-MESSAGE")
    device, message = step_by_step(lab, "soup-24", to="bob,carol")
    device.do(f"smtp.sendmail('{AUTHOR}', ['{mail_to('bob')}', '{mail_to('carol')}'], text)",
              fails=True)
    device.do("smtp.quit()")
    return [message]


def smtp_data_refused(lab):
    """DATA is refused after an accepted recipient: no text is sent"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    lab.policy.add("554 5.7.1 not today", protocol_state="DATA")
    device, message = step_by_step(lab, "soup-25")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.docmd('DATA')")
    device.do("smtp.quit()")
    return [message]


def smtp_all_refused_pipelined(lab):
    """MAIL, RCPT and DATA in one segment, the recipient refused: the lone dot moves nothing"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    device, message = step_by_step(lab, "soup-26")
    device.do("wire = Wire(25); wire.hear('220'); wire.ask('EHLO anna-laptop', '250 ')")
    device.do(f"wire.say('MAIL FROM:<{AUTHOR}>', 'RCPT TO:<{mail_to('nobody')}>', 'DATA'); "
              "wire.hear('250', '550', '554')")
    device.do("wire.ask('QUIT', '221')")
    return [message]


def smtp_lost_in_text(lab):
    """the connection is reset in the middle of the text: the server throws its part away"""
    device, message = step_by_step(lab, "soup-27")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        smtp.docmd('DATA')
        smtp.sock.sendall(text)
        lose(smtp)
    """)
    return [message]


def smtp_lost_after_dot(lab):
    """the connection is lost after the dot and before its reply: both may have the message"""
    lab.policy.add("DUNNO", seconds=1, protocol_state="END-OF-MESSAGE")
    device, message = step_by_step(lab, "soup-28")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        smtp.docmd('DATA')
        smtp.sock.sendall(text)
    """)
    lab.wire_cannot_show("the reply to the dot never passes: either side may have it", DOUBT)
    device.do("smtp.sock.sendall(b'.\\r\\n')")
    device.do("(time.sleep(0.3), lose(smtp))")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_lost_after_dot_refused(lab):
    """as before, but the server refuses the text, which nobody learns"""
    lab.policy.add("554 5.7.1 no", seconds=1, protocol_state="END-OF-MESSAGE")
    device, message = step_by_step(lab, "soup-29")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.docmd('DATA')")
    device.do("smtp.sock.sendall(text)")
    lab.wire_cannot_show("the reply to the dot never passes: either side may have it", DOUBT)
    device.do("smtp.sock.sendall(b'.\\r\\n')")
    device.do("(time.sleep(0.3), lose(smtp), time.sleep(1))")
    return [message]


def smtp_reply_lost(lab):
    """the server's network falls silent after the text: the dot arrives, its reply does not"""
    device, message = step_by_step(lab, "soup-30")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.docmd('DATA')")
    device.do("smtp.sock.sendall(text)")
    lab.network.silence("mx", "anna-laptop")
    lab.wire_cannot_show("until the connection ends, the reply may still come", "User device")
    device.do("(smtp.sock.sendall(b'.\\r\\n'), time.sleep(1))")
    lab.wire_shows_again()
    lab.wire_cannot_show("the reply to the dot never passes: either side may have it", DOUBT)
    device.do("lose(smtp)")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_doubled(lab):
    """after a lost reply the client sends again, and the recipient has the message twice"""
    lab.policy.add("DUNNO", seconds=1, times=1, protocol_state="END-OF-MESSAGE")
    device, message = step_by_step(lab, "soup-31")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.docmd('DATA')")
    lab.wire_cannot_show("the reply to the dot never passes: either side may have it", DOUBT)
    device.do("smtp.sock.sendall(text + b'.\\r\\n')")
    device.do("(time.sleep(0.3), lose(smtp))")
    lab.wait_delivered(message, "bob")
    device = smtp(lab)
    device.quietly(f"text = {letter('soup-31').encode()!r}")
    lab.wire_shows_again()
    device.quietly(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait(lambda: len([1 for found in lab.dovecot.copies() if found[0] == message]) == 2,
             "two copies")
    lab.snapshot("both delivered")
    return [message]


def smtp_rset(lab):
    """RSET after RCPT: the server forgets the envelope; then the message is sent after all"""
    device, message = step_by_step(lab, "soup-32")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("carol")}')
        smtp.rset()
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        smtp.data(text)
        smtp.rset()
        smtp.quit()
    """)
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_second_ehlo(lab):
    """a second EHLO in the middle of an envelope has the effect of RSET"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    device, message = step_by_step(lab, "soup-33")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        smtp.docmd('EHLO again')
        smtp.docmd('DATA')
        smtp.quit()
    """)
    return [message]


def smtp_two_messages(lab):
    """two messages over one connection, the second one to somebody else"""
    device, first = step_by_step(lab, "soup-34a")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    text = letter("soup-34b", to="carol", subject="Dinner?")
    second = lab.compose("anna-laptop", "soup-34b", text)
    device.quietly(f"text = {text.encode()!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('carol')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(first, "bob")
    lab.wait_delivered(second, "carol")
    return [first, second]


def smtp_bdat(lab):
    """the text travels in three BDAT chunks; only the reply to the last one moves it"""
    device, message = step_by_step(lab, "soup-35")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        (smtp.send(b'BDAT 100\\r\\n' + text[:100]), smtp.getreply())
        (smtp.send(b'BDAT %d\\r\\n' % len(text[100:]) + text[100:]), smtp.getreply())
        (smtp.send(b'BDAT 0 LAST\\r\\n'), smtp.getreply())
        smtp.quit()
    """)
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_bdat_rset(lab):
    """RSET between two BDAT chunks: the server throws the first one away"""
    device, message = step_by_step(lab, "soup-36")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        (smtp.send(b'BDAT %d\\r\\n' % len(text) + text), smtp.getreply())
        smtp.rset()
        smtp.quit()
    """)
    return [message]


def smtp_bdat_pipelined_exim(lab):
    """envelope and BDAT LAST in one segment, at Exim"""
    lab.start_second()
    text = letter("soup-37", to="dora").encode()
    message = lab.compose("anna-laptop", "soup-37", text)
    device = lab.device("anna-laptop", SERVER2)
    device.quietly("wire = Wire(25); wire.hear('220'); wire.ask('EHLO anna-laptop', '250 ')")
    device.quietly(f"text = {text!r}")
    device.do(f"wire.raw(b'MAIL FROM:<{AUTHOR}>\\r\\nRCPT TO:<{mail_to('dora')}>\\r\\n"
              "BDAT %d LAST\\r\\n' % len(text) + text); "
              "[wire.hear('250') for reply in range(3)]")
    device.do("wire.ask('QUIT', '221')")
    lab.wait_delivered(message, "dora")
    return [message]


def smtp_bdat_refused_exim(lab):
    """all recipients are refused, yet a pipelined BDAT LAST follows: its octets are swallowed"""
    lab.start_second()
    text = letter("soup-38", to="dora").encode()
    message = lab.compose("anna-laptop", "soup-38", text)
    device = lab.device("anna-laptop", SERVER2)
    device.quietly("wire = Wire(25); wire.hear('220'); wire.ask('EHLO anna-laptop', '250 ')")
    device.quietly(f"text = {text!r}")
    lab.wire_cannot_show("the octets of a refused BDAT need not be read", None)
    device.do(f"wire.raw(b'MAIL FROM:<{AUTHOR}>\\r\\nRCPT TO:<zoe@beta.lab>\\r\\n"
              "BDAT %d LAST\\r\\n' % len(text) + text); wire.hear('250', '5', '5')")
    device.do("wire.ask('QUIT', '221')")
    return [message]


def smtp_size_refused(lab):
    """MAIL with a SIZE above the limit is refused before any text is sent"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    device, message = step_by_step(lab, "soup-39")
    device.do(f"smtp.mail('{AUTHOR}', ['SIZE=999999'])")
    device.do("smtp.quit()")
    return [message]


def smtp_too_big(lab):
    """no SIZE is told, and the text grows over the limit: refused after the dot"""
    device, message = step_by_step(lab, "soup-40", body=SOUP + "More soup.\n" * 4000)
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.data(text)")
    device.do("smtp.quit()")
    return [message]


def smtp_vrfy_expn(lab):
    """VRFY, EXPN, HELP and NOOP beside a transaction move nothing"""
    device, message = step_by_step(lab, "soup-41")
    device.all(f"""
        smtp.vrfy('{mail_to("bob")}')
        smtp.expn('list')
        smtp.mail('{AUTHOR}')
        smtp.noop()
        smtp.rcpt('{mail_to("bob")}')
        smtp.vrfy('{mail_to("nobody")}')
        smtp.data(text)
        smtp.help()
        smtp.quit()
    """)
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_auth(lab):
    """submission on port 587 with AUTH PLAIN, after a refused attempt"""
    text = letter("soup-42")
    message = lab.compose("anna-laptop", "soup-42", text)
    device = smtp(lab, port=587)
    device.quietly(f"text = {text.encode()!r}")
    device.do("smtp.login('anna', 'wrong')", fails=True)
    device.quietly("smtp.close()")
    device = smtp(lab, port=587)
    device.quietly(f"text = {text.encode()!r}")
    device.do("smtp.login('anna', password('anna'))")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_auth_missing(lab):
    """submission without AUTH: the recipient is refused, the message stays on the device"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    text = letter("soup-43", to="dora")
    message = lab.compose("anna-laptop", "soup-43", text)
    device = smtp(lab, port=587)
    device.quietly(f"text = {text.encode()!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('dora')}', text)", fails=True)
    device.do("smtp.quit()")
    return [message]


def smtp_dots(lab):
    """lines that begin with dots, and a lone dot inside the text (stuffed on the wire)"""
    device, message = step_by_step(lab, "soup-44", body=".\n..\n.hidden\n" + SOUP + ".\n")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_msmtp(lab):
    """the client msmtp submits with AUTH"""
    text = letter("soup-45")
    message = lab.compose("anna-laptop", "soup-45", text)
    lab.client("anna-laptop", needs("msmtp"), f"--host={SERVER}", "--port=587",
               "--auth=plain", "--user=anna", f"--passwordeval=echo {password('anna')}",
               "--tls=off", f"--from={AUTHOR}", "--domain=anna-laptop", mail_to("bob"),
               input=text.replace("\r\n", "\n"))
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_curl(lab):
    """the client curl sends"""
    text = letter("soup-46")
    message = lab.compose("anna-laptop", "soup-46", text)
    lab.client("anna-laptop", needs("curl"), "-sS", f"smtp://{SERVER}/anna-laptop",
               "--mail-from", AUTHOR, "--mail-rcpt", mail_to("bob"), "--mail-rcpt",
               mail_to("carol"), "-T", lab.device_folder("anna-laptop") / "outbox-soup-46.eml")
    lab.wait_delivered(message, "bob")
    lab.wait_delivered(message, "carol")
    return [message]


SCENARIOS = [
    smtp_one_message, smtp_recipient_refused, smtp_starttls, smtp_pipelining, smtp_all_refused,
    smtp_three_recipients, smtp_steps, smtp_deferred, smtp_dot_deferred, smtp_dot_refused,
    smtp_data_refused, smtp_all_refused_pipelined, smtp_lost_in_text, smtp_lost_after_dot,
    smtp_lost_after_dot_refused, smtp_reply_lost, smtp_doubled, smtp_rset, smtp_second_ehlo,
    smtp_two_messages, smtp_bdat, smtp_bdat_rset, smtp_bdat_pipelined_exim,
    smtp_bdat_refused_exim, smtp_size_refused, smtp_too_big, smtp_vrfy_expn, smtp_auth,
    smtp_auth_missing, smtp_dots, smtp_msmtp, smtp_curl,
]
