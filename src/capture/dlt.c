/* See dlt.h. */
#include "capture/dlt.h"

#include <pcap/pcap.h>

static const struct {
    guint16 linktype;
    int dlt;
} different[] = {
    {50, DLT_PPP_SERIAL}, {51, DLT_PPP_ETHER},   {100, DLT_ATM_RFC1483}, {101, DLT_RAW},
    {104, DLT_C_HDLC},    {105, DLT_IEEE802_11}, {107, DLT_FRELAY},      {108, DLT_LOOP},
    {109, DLT_ENC},       {113, DLT_LINUX_SLL},
};

int mg_linktype_to_dlt(guint16 linktype)
{
    for (gsize i = 0; i < G_N_ELEMENTS(different); i++)
        if (different[i].linktype == linktype)
            return different[i].dlt;
    return linktype;
}

guint16 mg_dlt_to_linktype(int dlt)
{
    for (gsize i = 0; i < G_N_ELEMENTS(different); i++)
        if (different[i].dlt == dlt)
            return different[i].linktype;
    return (guint16)dlt;
}
