/* Life of the stage, and what is noted once. */
#include "net/net.h"
#include "net/fragments.h"

static void forward_note(gpointer user, const MgNote *note)
{
    mg_net_note(user, note);
}

static void forward_loose(gpointer user, const MgPiece *piece)
{
    const MgNet *net = user;
    if (net->sink.loose != NULL)
        net->sink.loose(net->sink.user, piece);
}

MgNet *mg_net_new(const MgSegmentSink *sink)
{
    MgNet *net = g_new0(MgNet, 1);
    net->sink = *sink;
    net->fragments = mg_fragments_new(forward_note, forward_loose, net);
    net->noted = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return net;
}

void mg_net_free(MgNet *net)
{
    if (net == NULL)
        return;
    mg_fragments_free(net->fragments);
    g_hash_table_unref(net->noted);
    g_free(net);
}

void mg_net_note(MgNet *net, const MgNote *note)
{
    if (net->sink.note != NULL)
        net->sink.note(net->sink.user, note);
}

gboolean mg_net_once(MgNet *net, MgOnce what, guint number)
{
    gint64 key = (gint64)what << 32 | (gint64)net->at.capture << 16 | (gint64)(number & 0xffff);
    if (g_hash_table_size(net->noted) >= MG_LIMIT_NOTES || g_hash_table_contains(net->noted, &key))
        return FALSE;
    g_hash_table_add(net->noted, g_memdup2(&key, sizeof key));
    return TRUE;
}

static void note_linktype(MgNet *net, guint16 linktype)
{
    if (!mg_net_once(net, MG_ONCE_LINKTYPE, linktype))
        return;
    MgNote note = {
        .kind = MG_NOTE_ODD,
        .key = "linktype-unknown",
        .at = net->at,
        .frames = {net->at.frame, net->at.frame},
        .detail = mg_linktype_name(linktype),
    };
    mg_net_note(net, &note);
}

void mg_net_frame(MgNet *net, const MgFrame *frame)
{
    MgLayerFunction read = mg_link_find(frame->linktype);
    net->at = frame->at;
    if (read == NULL) {
        note_linktype(net, frame->linktype);
        return;
    }
    MgLayer layer = {
        .data = frame->bytes.data,
        .len = frame->bytes.len,
        .wire_len = MAX((gsize)frame->original_len, frame->bytes.len),
        .frame = frame->bytes.data,
    };
    read(net, layer);
}

void mg_net_finish(MgNet *net)
{
    mg_fragments_finish(net->fragments);
}

gboolean mg_net_knows_linktype(guint16 linktype)
{
    return mg_link_find(linktype) != NULL;
}
