/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plugs.c owns what control has to do with sekisho-plug: which policy it judges by, and what is plugged in. It must
 * never let a policy in force that would cut off what this PC is worked with. */
#include <string.h>
#include "base/fdio.h"
#include "base/log.h"
#include "base/phrase.h"
#include "control/control.h"
#include "control/media.h"

bool plugs_needed(const struct control *c)
{
    const struct policy *p = c->rules.policy;
    return *sk_paths_root() == '\0' || p->medium_count + p->device_count + p->device_class_count > 0;
}

/* Tell it to read the installed policy. */
static int push(struct control *c, struct buf *why)
{
    autojson json_t *question = json_object();
    return link_ask(&c->plug, SK_MSG_PLUG_POLICY, question, NULL, 0, SK_MSG_OK, NULL, NULL, why);
}

int plugs_status(struct control *c, json_t **ret, struct buf *why)
{
    autojson json_t *question = json_object();
    return link_ask(&c->plug, SK_MSG_STATUS, question, NULL, 0, SK_MSG_OK, ret, NULL, why);
}

void plugs_watch(struct control *c)
{
    autobuf struct buf why = {0};
    autojson json_t *status = NULL;
    /* one that runs though nobody needs it judges by this policy all the same */
    if (!c->rules.owned || plugs_status(c, &status, &why) != 0)
        return;
    media_tell_plug(c, record_text(status, "revoked")); /* before a policy that lets one in */
    if ((uint64_t)record_number(status, "version") != c->rules.policy->version && push(c, &why) != 0)
        log_warn("sekisho-plug did not take the policy: %s", why.data ? why.data : "");
}

static bool has_class(const json_t *device, const char *class)
{
    const json_t *list = record_member(device, "classes"), *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(json_string_value(one) ? json_string_value(one) : "", class) == 0)
            return true;
    return false;
}

/* A device that nobody can do without: what one types on and points with, a hub that others hang on, a disk that
 * is in use. */
static bool is_vital(const json_t *device)
{
    return has_class(device, "hid") || has_class(device, "hub") ||
           strcmp(record_text(device, "state"), "in-use") == 0;
}

/* Nobody listens. One that dies over an answer is another matter: it starts anew, and judges. */
static bool is_absent(int r)
{
    return r == -ENOENT || r == -ECONNREFUSED;
}

int plugs_try(struct control *c, const char *text, size_t len, struct buf *why)
{
    autojson json_t *question = json_object(), *answer = NULL;
    autobuf struct buf unasked = {0};
    autoclose int fd = fd_memory_sealed("policy", text, len);
    if (fd < 0)
        return fd;
    int r = link_ask(&c->plug, SK_MSG_PLUG_TRY, question, &fd, 1, SK_MSG_PLUGGED, &answer, NULL, &unasked);
    if (is_absent(r))
        return 0; /* it lets nothing in and shuts nothing */
    if (r != 0) {
        phrase_put(why, "sekisho-plug can't say what the policy would shut: %s", unasked.data ? unasked.data : "");
        return r;
    }
    size_t i;
    const json_t *device;
    json_array_foreach(record_member(answer, "devices"), i, device) {
        if (!is_vital(device))
            continue;
        phrase_put(why, "this policy would shut \"%s\" (%s:%s at %s), which this PC is worked with: let it in by a "
                   "section [device ID] with vendor = %s, product = %s, or unplug it", record_text(device, "name"),
                   record_text(device, "vendor"), record_text(device, "product"), record_text(device, "port"),
                   record_text(device, "vendor"), record_text(device, "product"));
        return SK_ERR_REFUSED;
    }
    return 0;
}

int op_device_list(struct ask *a)
{
    autojson json_t *question = json_object();
    const char *absent = PHRASE("sekisho-plug does not run here: nobody decides what may be plugged in");
    int r = link_ask(&a->control->plug, SK_MSG_PLUG_LIST, question, NULL, 0, SK_MSG_PLUGGED, &a->answer, NULL, &a->why);
    /* who answers for which medium, and who revoked it, is no stranger's business */
    bool may = a->person || a->peer->who.uid == 0;
    autojson json_t *media = may ? media_list(a->control, record_member(a->answer, "devices")) : json_array();
    if (is_absent(r) && json_array_size(media) == 0)
        return ask_fail(a, SK_ERR_UNSUPPORTED, "%s", absent);
    if (is_absent(r)) {
        buf_reset(&a->why);
        a->answer = json_pack("{s[] ss}", "devices", "why", absent);
        r = 0;
    }
    if (r != 0)
        return r;
    return json_object_set(a->answer, "media", media) == 0 ? ASK_ANSWERED : -ENOMEM;
}
