/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logind.c owns the use of libsystemd's sd-login(3). It must never read logind's own files, whose form is
 * nobody's promise, nor take a service manager's session for a person's. */
#include "room/logind.h"
#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include "base/str.h"

static sd_login_monitor *monitor; /* lives as long as the process */

bool logind_rules(void)
{
    return sd_booted() > 0;
}

/* "user", "user-early", …; not "manager", "greeter", "lock-screen" or "background". */
static bool is_login(const char *id)
{
    autofree char *class = NULL;
    return sd_session_get_class(id, &class) < 0 || str_starts(class, "user");
}

bool logind_session(const char *id, struct logind_session *ret)
{
    autofree char *state = NULL;
    uid_t uid;
    if (sd_session_get_uid(id, &uid) < 0 || !is_login(id))
        return false;
    int remote = sd_session_is_remote(id);
    *ret = (struct logind_session){
        .uid = uid,
        .remote = remote != 0, /* also what can't be found out */
        .over = sd_session_get_state(id, &state) >= 0 && str_eq(state, "closing"),
    };
    return true;
}

static void count(uid_t uid, size_t *ret_here, size_t *ret_remote)
{
    char **ids = NULL;
    int n = sd_uid_get_sessions(uid, 0, &ids);
    for (int i = 0; i < n; i++) {
        struct logind_session s;
        if (logind_session(ids[i], &s) && !s.over && s.uid == uid)
            ++*(s.remote ? ret_remote : ret_here);
        free(ids[i]);
    }
    free(ids);
}

bool logind_is_in(uid_t uid)
{
    size_t here = 0, remote = 0;
    count(uid, &here, &remote);
    return here + remote > 0;
}

bool logind_is_here(uid_t uid)
{
    size_t here = 0, remote = 0;
    count(uid, &here, &remote);
    return here > 0 && remote == 0;
}

bool logind_desktop(uid_t uid, char ret[static PLACE_SESSION_MAX])
{
    autofree char *id = NULL;
    if (sd_uid_get_display(uid, &id) < 0 || strlen(id) >= PLACE_SESSION_MAX)
        return false;
    memcpy(ret, id, strlen(id) + 1);
    return true;
}

int logind_watch(void)
{
    int r = monitor ? 0 : sd_login_monitor_new("session", &monitor);
    return r < 0 ? r : sd_login_monitor_get_fd(monitor);
}

void logind_seen(void)
{
    if (monitor)
        (void)sd_login_monitor_flush(monitor);
}
