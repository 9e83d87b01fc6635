/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shared.c owns what several handlers need: the asker as the device process wants it, consents as records
 * have them, days of return, the next id, the joining of planned and seen files. It must never take a size or
 * digest from the asker. */
#include <string.h>
#include "base/clock.h"
#include "base/str.h"
#include "control/control.h"
#include "control/outbox.h"

json_t *requester_json(const struct ask *a)
{
    gid_t groups[CONTROL_GROUPS_MAX];
    int count = wire_peer_groups(a->peer->fd, groups, CONTROL_GROUPS_MAX);
    autojson json_t *list = json_array();
    if (!list || count < 0)
        return NULL;
    for (int i = 0; i < count; i++)
        if (json_array_append_new(list, json_integer(groups[i])) != 0)
            return NULL;
    return json_pack("{sIsIsO}", "uid", (json_int_t)a->peer->who.uid, "gid",
                     (json_int_t)a->peer->who.gid, "groups", list);
}

json_t *destination_json(const struct policy_destination *d)
{
    autobuf struct buf path = {0};
    if (*d->medium)
        return json_pack("{ss}", "medium", d->medium);
    str_escape(&path, d->path, strlen(d->path));
    bool medium = d->kind == POLICY_MEDIUM || d->kind == POLICY_HAND;
    return path.err ? NULL
                    : json_pack("{ssssss}", "path", path.data, "uuid", d->uuid, "kind",
                                medium ? "medium" : outbox_is(d) ? "outbox" : "directory");
}

const char *destination_kind(const struct policy_destination *d)
{
    static const char *const names[] = {
        [POLICY_HAND] = "hand",     [POLICY_MEDIUM] = "medium",       [POLICY_AREA] = "area",
        [POLICY_BACKUP] = "backup", [POLICY_MAIL] = "mail",           [POLICY_WEB] = "web",
        [POLICY_DIRECTORY] = "directory",
    };
    return names[d->kind];
}

json_t *consent_json(const struct policy_consent *consent)
{
    char date[CLOCK_TIME_CAP], hex[DIGEST_HEX_CAP];
    clock_format_date(date, consent->date);
    digest_hex(hex, consent->sha256);
    return json_pack("{ssssssss}", "id", consent->head.id, "document", consent->document, "date",
                     date, "sha256", hex);
}

int next_id(struct control *c, char letter, char ret[static SK_ID_MAX + 1])
{
    char date[CLOCK_TIME_CAP], prefix[32];
    clock_format_date(date, control_now(c));
    snprintf(prefix, sizeof prefix, "%c-%.4s%.2s%.2s", letter, date, date + 5, date + 8);
    uint64_t number = fold_number(c->fold, prefix);
    do {
        number++;
        snprintf(ret, SK_ID_MAX + 1, "%s-%04llu", prefix, (unsigned long long)number);
    } while (store_has(STORE_STAGED, ret));
    return fold_number_taken(c->fold, prefix, number);
}

static bool digest_ok(const char *text)
{
    uint8_t digest[DIGEST_LEN];
    char hex[DIGEST_HEX_CAP];
    if (str_unhex(text, strlen(text), digest, sizeof digest) != 0)
        return false;
    digest_hex(hex, digest);
    return strcmp(hex, text) == 0;
}

int files_join(const json_t *planned, const json_t *seen, json_t **ret, uint64_t *ret_bytes)
{
    size_t count = json_array_size(planned);
    autojson json_t *list = json_array();
    uint64_t sum = 0;
    if (!list)
        return -ENOMEM;
    if (!json_is_array(seen) || json_array_size(seen) != count)
        return SK_ERR_FORMAT;
    for (size_t i = 0; i < count; i++) {
        const json_t *plan = json_array_get(planned, i), *is = json_array_get(seen, i);
        const char *sha256 = record_text(is, "sha256"), *wanted = record_text(plan, "sha256");
        int64_t bytes = record_number(is, "bytes");
        if (bytes < 0 || !digest_ok(sha256) || sum > INT64_MAX - (uint64_t)bytes)
            return SK_ERR_FORMAT;
        if (*wanted && (strcmp(wanted, sha256) != 0 || bytes != record_number(plan, "bytes")))
            return SK_ERR_DIGEST;
        sum += (uint64_t)bytes;
        json_t *row = json_pack("{sssIss}", "name", record_text(plan, "name"), "bytes",
                                (json_int_t)bytes, "sha256", sha256);
        if (!row || json_array_append_new(list, row) != 0)
            return -ENOMEM;
    }
    *ret = steal_ptr(&list);
    *ret_bytes = sum;
    return 0;
}

int check_not_closed(struct ask *a, const char *contract)
{
    if (!str_eq(life_closed(&a->control->fold->life, contract), "closed"))
        return 0;
    return ask_refuse(a, SK_REASON_CONTRACT_CLOSED,
                      "the contract %s was closed; what turns up after that is an incident: sekisho incident open",
                      contract);
}

/* A day that is over can't be promised: the case would be overdue from its first moment. */
int check_return_by(struct ask *a)
{
    int64_t day;
    const char *date = record_text(a->body, "return-by");
    if (clock_parse_date(date, &day) != 0 || day + CLOCK_DAY_S > control_now(a->control))
        return 0;
    return ask_fail(a, SK_ERR_FORMAT, "the day %s is over; name one that is to come (--return-by)", date);
}
