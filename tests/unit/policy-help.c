/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy-help.c owns the policy that the tests vary. */
#include "policy-help.h"
#include <fcntl.h>
#include <sekisho/limits.h>
#include <string.h>
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "cmocka-head.h"

const char small_policy[] =
    "[policy]\n"
    "version = 3\n"
    "issued = 2026-04-01\n"
    "expires = 2027-03-31\n"
    "[contract city]\n"
    "title = T\n"
    "client = C\n"
    "start = 2026-04-01\n"
    "end = 2027-03-31\n"
    "retention = 5 years\n"
    "[consent letter]\n"
    "contract = city\n"
    "document = No. 12\n"
    "date = 2026-04-10\n"
    "sha256 = 1fd33cb2c228f43f1a174b1108a630fe98705c52f4c834f4426c98c3a1714a54\n"
    "areas = shared\n"
    "destinations = stick, folder\n"
    "purposes = delivery, 納品　（最終）\n"
    "until = 2026-12-31\n"
    "uses = 2\n"
    "[person hana]\n"
    "user = hana-login\n"
    "name = 花子\n"
    "role = handler\n"
    "areas = shared\n"
    "trained = 2026-04-01\n"
    "pledge = 2026-04-01\n"
    "[person boss]\n"
    "user = boss-login\n"
    "name = 恵\n"
    "role = manager\n"
    "trained = 2026-04-01\n"
    "pledge = 2026-04-01\n"
    "key = RWQ5fapRRXxFVLDc2n8Vm/JmMI9pPPGstagT9seR4W5mCThWtFjj3maQ\n"
    "[area shared]\n"
    "mount = /srv/shared\n"
    "contract = city\n"
    "gate = open\n"
    "level = 1\n"
    "applications = viewer\n"
    "[application viewer]\n"
    "exe = /usr/bin/evince, /usr/lib/office/*/soffice.bin\n"
    "[destination stick]\n"
    "contract = city\n"
    "kind = medium\n"
    "path = /media/stick\n"
    "recipients = office\n"
    "[destination folder]\n"
    "contract = city\n"
    "kind = directory\n"
    "path = /srv/folder\n"
    "approvers = boss\n"
    "[recipient office]\n"
    "name = 市民課\n"
    "contract = city\n"
    "age = age12kw9tuypexetxdmsxe2870ua3c9qj6hep8t5539lwdmaww7ka52q6g0t5p\n";

int64_t day(const char *text)
{
    int64_t s = 0;
    assert_int_equal(clock_parse_date(text, &s), 0);
    return s;
}

void read_source(const char *path, struct buf *b)
{
    autobuf struct buf full = {0};
    buf_printf(&full, "%s/%s", SEKISHO_SOURCE_DIR, path);
    assert_int_equal(file_read(AT_FDCWD, full.data, SK_POLICY_MAX, b), 0);
}

struct policy *parse_right(const char *text, struct policy_findings *f)
{
    struct policy *p = NULL;
    int r = policy_parse(text, strlen(text), &p, f);
    for (size_t i = 0; i < f->count; i++)
        print_message("%u: %s\n", f->items[i].line, f->items[i].text);
    assert_int_equal(r, 0);
    assert_non_null(p);
    return p;
}

char *changed(const char *text, const char *line, const char *by)
{
    struct buf out = {0};
    bool done = line == NULL;
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n") + 1;
        if (!done && str_starts(at, line)) {
            done = true;
            len = strlen(line) + strcspn(at + strlen(line), "\n") + 1;
            buf_printf(&out, "%s%s", by ? by : "", by ? "\n" : "");
        } else {
            buf_put(&out, at, len);
        }
        at += len;
    }
    if (!line)
        buf_printf(&out, "%s\n", by);
    assert_true(done);
    char *result = buf_steal(&out);
    assert_non_null(result);
    return result;
}

bool has_finding(const struct policy_findings *f, const char *code, unsigned line)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].code, code) == 0 && (line == 0 || f->items[i].line == line))
            return true;
    return false;
}
