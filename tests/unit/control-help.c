/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control-help.c owns the sample records and the sample policy of control's unit tests. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "control-help.h"

void help_fold(struct fold *f, const char *text)
{
    autofree char *copy = strdup(text);
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    json_error_t error;
    json_t *record = json_loads(copy, 0, &error);
    if (!record)
        fail_msg("%s: %s", error.text, copy);
    json_object_set_new(record, "seq", json_integer((json_int_t)f->next_seq));
    assert_int_equal(fold_record(f, record), 0);
    json_decref(record);
}

void help_request(struct fold *f, const char *id, const char *person, const char *at)
{
    char text[2048];
    snprintf(text, sizeof text,
             "{'kind':'request','case':'%s','type':'%s','at':'%s','person':{'id':'%s','name':'N',"
             "'login':'l'},'contract':'city','area':'shared','level':2,'destination':{'id':'stick',"
             "'label':'納品用','kind':'medium'},'purpose':'納品','kept':'金庫','return-by':'',"
             "'consent':{'id':'letter-12','document':'第12号'},'digest':'" HELP_DIGEST "',"
             "'content':{'files':[{'name':'a','bytes':1,'sha256':'00'}],'count':1,'bytes':1}}",
             id, id[0] == 'T' ? "takeout" : "copy", at, person);
    help_fold(f, text);
}

void help_permit(struct fold *f, const char *id, const char *approver, const char *digest,
                 const char *at, const char *expires)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{'kind':'permit','case':'%s','phase':'granted','person':{'id':'%s','name':'A'},"
             "'consent':{'id':'letter-12'},'permit':'%s','at':'%s','expires':'%s','key':'" HELP_KEY "'}",
             id, approver, digest, at, expires);
    help_fold(f, text);
}

void help_phase(struct fold *f, const char *id, const char *kind, const char *phase, const char *at)
{
    char text[512];
    snprintf(text, sizeof text, "{'kind':'%s','case':'%s','phase':'%s','at':'%s','why':'w'}", kind, id,
             phase, at);
    help_fold(f, text);
}

static const char policy_text[] =
    "[policy]\nversion = 3\ntitle = test\nissued = 2026-01-01\nexpires = 2027-03-31\n"
    "[contract city]\ntitle = 住民台帳\nclient = 海辺市\ncontractor = 山川\nstart = 2026-01-01\n"
    "end = 2027-03-31\nretention = 5 years\nchapter-5 = no\nequipment = no\n"
    "[consent letter-12]\ncontract = city\ndocument = 第12号\ndate = 2026-01-10\n"
    "sha256 = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nareas = shared\n"
    "destinations = stick\npurposes = 納品\nuntil = 2026-12-31\nuses = 2\n"
    "[person hana]\nuser = hana\nname = 髙﨑 花\nrole = handler, manager\nareas = shared\n"
    "trained = 2026-01-05\npledge = 2026-01-05\n"
    "key = RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ\n"
    "[person boss]\nuser = boss\nname = 管理 責子\nrole = manager\nareas = shared\n"
    "trained = 2026-01-05\npledge = 2026-01-05\n"
    "key = RWQ5fapRRXxFVbDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ\n"
    "[person kei]\nuser = kei\nname = 桂\nrole = handler\nareas = shared\ntrained = 2026-01-05\npledge = 2026-01-05\n"
    "[area shared]\nlabel = 台帳\nmount = /srv/shared\ncontract = city\nbacking = filesystem\n"
    "gate = open\nlevel = 2\nhandlers = hana, kei\napplications = tools\n"
    "[application tools]\nexe = /usr/bin/cat\n"
    "[destination stick]\ncontract = city\nlabel = 納品用\nkind = medium\npath = /media/stick\n"
    "recipients = sub, own\napprovers = boss, hana\nreturn-within = 14 days\n"
    "[recipient office]\nname = 情報課\norganisation = 海辺市\ncontract = city\n"
    "age = age12kw9tuypexetxdmsxe2870ua3c9qj6hep8t5539lwdmaww7ka52q6g0t5p\n"
    "receipt-key = RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ\n"
    "[recipient sub]\nname = 下請\norganisation = 下請社\ncontract = city\n"
    "age = age1k33u423c9jqgvu3mxnv43mc5c6l6hvv2axge4leeavay4t0dvseqseef0a\n"
    "receipt-key = RWQ5fapRRXxFVbDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ\n"
    "[recipient own]\nname = 自社\ncontract = city\n"
    "age = age1k33u423c9jqgvu3mxnv43mc5c6l6hvv2axge4leeavay4t0dvseqseef0a\n"
    "[approval]\nlockout = 3\nlockout-period = 30 minutes\npermit-lifetime = 8 hours\n";

struct policy *help_policy(void)
{
    struct policy *p = NULL;
    struct policy_findings findings = {0};
    if (policy_parse(policy_text, sizeof policy_text - 1, &p, &findings) != 0)
        for (size_t i = 0; i < findings.count; i++)
            print_error("line %u: %s\n", findings.items[i].line, findings.items[i].text);
    policy_findings_free(&findings);
    assert_non_null(p);
    return p;
}
