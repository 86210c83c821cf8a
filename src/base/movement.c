/* Values that ledger makes and later stages read. */
#include "mg-movement.h"

MgCopy *mg_copy_dup(const MgCopy *copy)
{
    MgCopy *dup = g_memdup2(copy, sizeof *copy);
    dup->name = g_strdup(copy->name);
    dup->account = g_strdup(copy->account);
    dup->folder = g_strdup(copy->folder);
    dup->uidl = g_strdup(copy->uidl);
    dup->queue_id = g_strdup(copy->queue_id);
    dup->recipient = g_strdup(copy->recipient);
    dup->flags = copy->flags != NULL
                     ? g_ptr_array_copy(copy->flags, (GCopyFunc)(void (*)(void))g_strdup, NULL)
                     : NULL;
    if (dup->flags != NULL)
        g_ptr_array_set_free_func(dup->flags, g_free);
    return dup;
}

void mg_copy_free(MgCopy *copy)
{
    if (copy == NULL)
        return;
    g_free(copy->name);
    g_free(copy->account);
    g_free(copy->folder);
    g_free(copy->uidl);
    g_free(copy->queue_id);
    g_free(copy->recipient);
    g_clear_pointer(&copy->flags, g_ptr_array_unref);
    g_free(copy);
}

MgMovement *mg_movement_new(guint message, MgEvent event)
{
    MgMovement *movement = g_new0(MgMovement, 1);
    movement->message = message;
    movement->event = event;
    movement->evidence = MG_EVIDENCE_SEEN;
    return movement;
}

void mg_movement_free(MgMovement *movement)
{
    if (movement == NULL)
        return;
    g_free(movement->recipient);
    mg_copy_free(movement->copy);
    g_free(movement->device_name);
    g_free(movement);
}

const char *mg_identified_word(MgIdentified identified)
{
    static const char *const words[] = {NULL,  "queue-id", "message-id", "fingerprint",
                                        "uid", "uidl",     "copyuid",    "envelope"};
    return (guint)identified < G_N_ELEMENTS(words) ? words[identified] : NULL;
}

const char *mg_reported_word(MgReported reported)
{
    static const char *const words[] = {NULL, "message-id", "envelope-id", "queue-id", "recipient"};
    return (guint)reported < G_N_ELEMENTS(words) ? words[reported] : NULL;
}

gboolean mg_message_hop_seen(const MgMessage *message, const MgHop *hop)
{
    for (guint i = 0; hop->id != NULL && i < message->copies->len; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        if (g_strcmp0(copy->queue_id, hop->id) == 0)
            return TRUE;
    }
    return FALSE;
}
