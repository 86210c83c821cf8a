/* What the files of SMTP share: transactions. */
#ifndef MG_LEDGER_SMTP_H
#define MG_LEDGER_SMTP_H

#include "ledger.h"

typedef struct {
    char *address;
    MgOutcome outcome; /* of RCPT, or of its own hand-over when that refused */
    gboolean settled;  /* its hand-over was seen */
} Recipient;

struct Transaction {
    guint number;
    Message *message;
    Copy *sender;       /* composed on a device, or in a relay's queue; NULL = its copies in that
                         * queue are known one by one */
    GHashTable *copies; /* recipient → Copy: made by this hand-over */
    char *path;
    GPtrArray *recipients; /* Recipient* */
    gboolean mail_ok;
    /* SEND: the text is shown on a screen and stored nowhere; SOML: one or the other (RFC 821
     * section 3.4).  SAML puts it into the mailbox as well, as MAIL does. */
    enum { SCREEN_NONE, SCREEN_ONLY, SCREEN_OR_MAILBOX } screen;
    gboolean text;
    MgTime text_at; /* when it had passed */
    gboolean over;
    MgIdentified by; /* how its message was found to be one that was known */
};

/* Who hands over, and who takes over. */
Host *mg_duty_sending(const Session *session);
Host *mg_duty_receiving(const Session *session);
MgEvent mg_duty_refusal(MgOutcome outcome);
gboolean mg_duty_is_refusal(MgOutcome outcome);
void mg_duty_set_outcome(Act *act, Message *message, const char *address, MgOutcome outcome);
/* A copy in the queue of the sending side: the one for `recipient`, or the only one
 * (*ret_n == 1); NULL = none. */
Copy *mg_duty_relay_copy(const Act *act, const Message *message, const Copy *except,
                         const char *recipient, guint *ret_n);
/* Its message turned out to be one that was known.  Gives the one that stays. */
Message *mg_duty_recognised(Act *act, Transaction *transaction, Message *known, MgIdentified by);
/* Its text is fetched from a mailbox. */
void mg_duty_burl(Act *act, Transaction *transaction);
/* retry.c: the transaction was dropped, and its client may send again; and the message that it
 * sends again now, or NULL. */
void mg_retry_await(Act *act, const Transaction *transaction);
Message *mg_retry_of(const Act *act, const Transaction *transaction);
/* The end of the text was answered, or its answer was not seen.  The message is known. */
void mg_duty_handover(Act *act, Transaction *transaction);

#endif
