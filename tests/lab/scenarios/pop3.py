"""POP3: RETR copies, DELE marks, QUIT removes, and what a lost connection undoes."""

from scenarios.common import arrive, pop3, quit_courier, server_of


def pop3_delete(lab):
    """RETR, DELE, QUIT: the message is gone from the server when QUIT is answered, not before"""
    message = arrive(lab, "soup-50")
    pop3(lab).all("""
        pop.stat()
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def pop3_keep(lab):
    """RETR and QUIT without DELE: the server keeps the message"""
    message = arrive(lab, "soup-51")
    pop3(lab).all("""
        pop.list()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    return [message]


def pop3_uidl_sessions(lab):
    """UIDL in three sessions: the second sees it again, the third deletes without a RETR"""
    message = arrive(lab, "soup-52")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    pop3(lab).all("""
        pop.uidl()
        pop.quit()
    """)
    pop3(lab).all("""
        pop.uidl(1)
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def pop3_top(lab):
    """TOP brings the header only, then some lines, and at last the whole text"""
    message = arrive(lab, "soup-53")
    pop3(lab).all("""
        keep('head', pop.top(1, 0))
        keep('part', pop.top(1, 1))
        pop.quit()
    """)
    return [message]


def pop3_dele_lost(lab):
    """RETR and DELE are accepted, then the connection is lost before QUIT: nothing is removed"""
    message = arrive(lab, "soup-4")
    pop3(lab).all("""
        pop.stat()
        keep('soup', pop.retr(1))
        pop.dele(1)
        lose(pop)
    """)
    return [message]


def pop3_dele_closed(lab):
    """as before, but the client closes in good order (FIN) without QUIT: nothing is removed"""
    message = arrive(lab, "soup-54")
    pop3(lab).all("""
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.close()
        time.sleep(0.3)
    """)
    return [message]


def pop3_rset(lab):
    """two are marked, RSET takes the marks back, one is marked again and QUIT removes it"""
    messages = [arrive(lab, "soup-5a"), arrive(lab, "soup-5b", subject="Dinner?")]
    pop3(lab).all("""
        pop.list()
        pop.uidl()
        pop.dele(1)
        pop.dele(2)
        pop.rset()
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    return messages


def pop3_retr_lost(lab):
    """the connection is reset in the middle of RETR: the server keeps all of it"""
    body = "Peas and beans and leeks and salt.\n" * 900 + "The soup is good.\n"
    message = arrive(lab, "soup-55", body=body)
    device = pop3(lab)
    device.quietly("pop.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)")
    device.do("pop.stat()")
    lab.network.silence("mx", "bob-laptop")
    device.quietly("pop.sock.sendall(b'RETR 1\\r\\n')")
    device.do("time.sleep(0.5)")
    device.do("lose(pop)")
    return [message]


def pop3_retr_cut(lab):
    """RETR is answered by a part of a long text before the client gives up"""
    body = "Peas and beans and leeks and salt.\n" * 900 + "The soup is good.\n"
    message = arrive(lab, "soup-56", body=body)
    device = lab.device("bob-laptop")
    device.quietly("s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)")
    device.quietly("s.connect((server, 110)); f = s.makefile('rb', 0); f.readline()")
    device.quietly("s.sendall(b'USER bob\\r\\n'); f.readline()")
    device.quietly("s.sendall(b'PASS ' + password('bob').encode() + b'\\r\\n'); f.readline()")
    device.quietly("s.sendall(b'RETR 1\\r\\n')")
    device.do("keep('part', s.recv(1000, socket.MSG_WAITALL))")
    device.do("(reset(s), f.close(), s.close())")
    return [message]


def pop3_quit_twice(lab):
    """QUIT before login commits nothing; QUIT after DELE removes; a further QUIT finds nobody"""
    message = arrive(lab, "soup-57")
    device = lab.device("bob-laptop", server_of("bob"))
    device.quietly("pop = poplib.POP3(server, 110, timeout=30)")
    device.do("pop.user('bob')")
    device.do("pop.quit()")
    device = pop3(lab)
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.dele(1)")
    device.do("(pop._putcmd('QUIT'), pop._getresp())")
    device.do("(pop._putcmd('QUIT'), pop._getresp())", fails=True)
    return [message]


def pop3_quit_lost(lab):
    """the reply to QUIT never passes: the server may or may not have removed the message"""
    message = arrive(lab, "soup-58")
    device = pop3(lab)
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.dele(1)")
    lab.network.silence("mx", "bob-laptop")
    lab.wire_cannot_show("until the connection ends, the reply may still come",
                         "User device and server")
    device.do("(pop.sock.sendall(b'QUIT\\r\\n'), time.sleep(0.5))")
    lab.wire_shows_again()
    lab.wire_cannot_show("the reply to QUIT never passes: the marked message may be gone",
                         "User device or User device and server")
    device.do("lose(pop)")
    lab.network.unsilence("mx", "bob-laptop")
    device = pop3(lab)
    device.do("(pop.stat(), pop.uidl())")
    lab.wire_shows_again()
    device.do("pop.quit()")
    return [message]


def pop3_two_sessions(lab):
    """the maildrop is locked by a first session: the second login is refused (IN-USE)"""
    message = arrive(lab, "soup-59", to="carol")
    first = pop3(lab, user="carol")
    first.do("keep('soup', pop.retr(1))")
    first.do("pop.dele(1)")
    second = lab.device("bob-phone", server_of("carol"))
    second.quietly("pop = poplib.POP3(server, 110, timeout=1)")
    second.quietly("pop.user('carol')")
    second.do("pop.pass_(password('carol'))", fails=True)
    second.do("lose(pop)")
    first.do("pop.quit()")
    return [message]


def pop3_shared_maildrop(lab):
    """two sessions at once on a maildrop without lock; both read, one removes"""
    message = arrive(lab, "soup-60")
    first, second = pop3(lab), pop3(lab, host="bob-phone")
    first.do("pop.uidl()")
    second.do("pop.uidl()")
    first.do("keep('soup', pop.retr(1))")
    second.do("keep('soup', pop.retr(1))")
    first.do("pop.dele(1)")
    second.do("pop.quit()")
    first.do("pop.quit()")
    return [message]


def pop3_dele_unread(lab):
    """DELE without RETR: QUIT removes the only copy"""
    message = arrive(lab, "soup-61")
    pop3(lab).all("""
        pop.top(1, 0)
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def pop3_dele_twice(lab):
    """DELE and RETR of a marked message are refused, and DELE of one that is not there"""
    messages = [arrive(lab, "soup-62a"), arrive(lab, "soup-62b", subject="Dinner?")]
    device = pop3(lab)
    device.do("pop.uidl()")
    device.do("keep('soup', pop.retr(2))")
    device.do("pop.dele(2)")
    device.do("pop.dele(2)", fails=True)
    device.do("pop.retr(2)", fails=True)
    device.do("pop.dele(9)", fails=True)
    device.do("pop.quit()")
    return messages


def pop3_pipelined(lab):
    """the whole session in one segment"""
    messages = [arrive(lab, "soup-63a"), arrive(lab, "soup-63b", subject="Dinner?")]
    device = lab.device("bob-laptop")
    device.quietly("wire = Wire(110); wire.hear('+OK')")
    device.quietly("wire.say('USER bob', 'PASS ' + password('bob')); wire.hear('+OK', '+OK')")
    device.do("wire.say('STAT', 'UIDL', 'RETR 1', 'RETR 2', 'DELE 1', 'QUIT'); "
              "wire.hear('+OK', '+OK', '.', '+OK'); keep('one', wire.hear('.')); "
              "wire.hear('+OK'); keep('two', wire.hear('.')); wire.hear('+OK', '+OK')")
    return messages


def pop3_new_mail_meanwhile(lab):
    """a message that arrives during a session is not shown in it, but in the next one"""
    first = arrive(lab, "soup-64a")
    device = pop3(lab)
    device.do("pop.uidl()")
    second = arrive(lab, "soup-64b", subject="Dinner?")
    device.do("pop.uidl()")
    device.do("keep('one', pop.retr(1))")
    device.do("pop.retr(2)", fails=True)
    device.do("pop.dele(1)")
    device.do("pop.quit()")
    pop3(lab).all("""
        pop.uidl()
        keep('two', pop.retr(1))
        pop.quit()
    """)
    return [first, second]


def pop3_removed_by_other(lab):
    """Bob's phone removes a message between two sessions of his laptop, whose UIDL misses it"""
    message = arrive(lab, "soup-65")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    pop3(lab, host="bob-phone").all("""
        pop.uidl()
        pop.dele(1)
        pop.quit()
    """)
    pop3(lab).all("""
        pop.uidl()
        pop.quit()
    """)
    return [message]


def pop3_removed_unseen(lab):
    """the server's keeper removes a message by hand: the next UIDL lacks it"""
    message = arrive(lab, "soup-66")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    lab.wire_cannot_show("the message was removed behind the server's back",
                         "User device and server")
    for found in list(lab.dovecot.copies()):
        found[4].unlink()
    lab.snapshot("removed by hand")
    device = pop3(lab)
    device.do("pop.stat()")
    lab.wire_shows_again()
    device.do("pop.uidl()")
    device.do("pop.quit()")
    return [message]


def pop3_courier(lab):
    """keep, then delete, at Courier"""
    lab.start_second()
    messages = [arrive(lab, "soup-67a", to="dora"),
                arrive(lab, "soup-67b", to="dora", subject="Dinner?")]
    device = pop3(lab, host="dora-laptop", user="dora")
    device.do("pop.uidl()")
    device.do("keep('one', pop.retr(1))")
    quit_courier(lab, device)
    device = pop3(lab, host="dora-laptop", user="dora")
    device.all("""
        pop.stat()
        pop.uidl()
        keep('two', pop.retr(2))
        pop.dele(1)
        pop.dele(2)
    """)
    quit_courier(lab, device)
    return messages


def pop3_courier_lost(lab):
    """DELE at Courier, then the connection is lost: nothing is removed"""
    lab.start_second()
    message = arrive(lab, "soup-68", to="dora")
    pop3(lab, host="dora-laptop", user="dora").all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.dele(1)
        lose(pop)
    """)
    device = pop3(lab, host="dora-laptop", user="dora")
    device.do("pop.uidl()")
    device.do("pop.rset()")
    quit_courier(lab, device)
    return [message]


SCENARIOS = [
    pop3_delete, pop3_keep, pop3_uidl_sessions, pop3_top, pop3_dele_lost, pop3_dele_closed,
    pop3_rset, pop3_retr_lost, pop3_retr_cut, pop3_quit_twice, pop3_quit_lost, pop3_two_sessions,
    pop3_shared_maildrop, pop3_dele_unread, pop3_dele_twice, pop3_pipelined,
    pop3_new_mail_meanwhile, pop3_removed_by_other, pop3_removed_unseen, pop3_courier,
    pop3_courier_lost,
]
