/* SPDX-License-Identifier: GPL-3.0-or-later */
/* room_rule.c owns the question to the policy about rooms. It must never decide by itself. */
#include "control/room_rule.h"

void room_rule_decide(const struct policy *p, const char *login, const char *area, int64_t now,
                      struct decision *ret)
{
    const struct policy_area *found = policy_area(p, area);
    const struct access_question q = {
        .user = login, .one_identity = true, .identified = true, .area = area,
        .application = found && found->applications.count > 0 ? found->applications.items[0] : NULL,
        .code_trusted = true, .in_room = true, .now = now,
    };
    decide_access(p, &q, ret);
    if (ret->allow && found && found->gate != POLICY_ROOM)
        *ret = (struct decision){.reason = SK_REASON_NO_ROOM, .section = "area",
                                 .id = found->head.id, .line = found->head.line};
}

bool room_rule_shared(const struct policy_area *area)
{
    (void)area;
    return false;
}

bool room_rule_terminal(const struct policy_area *area)
{
    (void)area;
    return true;
}

bool room_rule_gpu(const struct policy_area *area)
{
    (void)area;
    return false;
}

bool room_rule_remote(const struct policy *p)
{
    (void)p;
    return false;
}
