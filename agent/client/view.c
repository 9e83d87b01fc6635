/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view.c owns the words for the parts of a case. It must never follow the locale where a form's
 * language was asked for. */
#include "client/view.h"
#include "base/str.h"
#include "client/language.h"
#include "client/screen.h"
#include "policy/model.h"
#include "record/record.h"
#include "report/say.h"

static const struct {
    const char *name;
    const char *english, *japanese;
} states[] = {
    {"requested", N_("requested"), "申請中"},
    {"permitted", N_("permitted"), "許可済み"},
    {"rejected", N_("rejected"), "却下"},
    {"running", N_("running"), "実行中"},
    {"out", N_("out"), "持出し中・複製あり"},
    {"failed", N_("failed"), "失敗"},
    {"unknown", N_("unknown (the agent stopped in between)"), "不明(実行中に停止)"},
    {"returned", N_("returned"), "返還済み"},
    {"disposed", N_("disposed of"), "破棄済み"},
    {"expired", N_("expired"), "期限切れ"},
    {"given", N_("given"), "引渡し済み"},
    {"withdrawn", N_("withdrawn"), "取下げ"},
    {"revoked", N_("permit taken back"), "許可取消し"},
};

const char *view_state(const char *state, bool japanese)
{
    for (size_t i = 0; i < array_count(states); i++)
        if (str_eq(states[i].name, state))
            return japanese ? states[i].japanese : states[i].english;
    return state;
}

static const struct {
    const char *name;
    const char *english, *japanese;
} words[] = {
    {"held", N_("held"), "保管中"},
    {"given", N_("given"), "引渡し済み"},
    {"destroyed", N_("destroyed"), "破棄済み"},
    {"asked", N_("asked"), "申請中"},
    {"received", N_("received"), "受領済み"},
    {"paper", N_("paper"), "紙媒体"},
    {"medium", N_("medium"), "電磁的記録媒体"},
    {"electronic", N_("electronic"), "電子データ"},
};

const char *view_word(const char *name, bool japanese)
{
    for (size_t i = 0; i < array_count(words); i++)
        if (str_eq(words[i].name, name))
            return japanese ? words[i].japanese : words[i].english;
    return view_state(name, japanese);
}

const char *view_word_here(const char *name)
{
    const char *text = view_word(name, false);
    return text[0] ? gettext(text) : "";
}

const char *view_state_here(const char *state)
{
    const char *text = view_state(state, false);
    return text[0] ? gettext(text) : "";
}

const char *view_id(const json_t *view, const char *member)
{
    const json_t *value = record_member(view, member);
    return json_is_object(value) ? record_text(value, "id") : record_text(view, member);
}

static void put_approvers(struct buf *b, const json_t *permission, const char *between, const char *in_place_of)
{
    const json_t *person, *row;
    for (size_t i = 0; (row = say_approval(permission, i, &person)) != NULL; i++) {
        autobuf struct buf place = {0};
        buf_puts(b, i == 0 ? "" : between);
        screen_person(b, person);
        if (json_is_object(record_member(row, "in-place-of")))
            screen_person(&place, record_member(row, "in-place-of"));
        if (place.len && !place.err)
            buf_printf(b, in_place_of, place.data);
    }
}

void view_approvers(struct buf *b, const json_t *permission, bool japanese)
{
    put_approvers(b, permission, japanese ? "、" : ", ", japanese ? "（%sの代理）" : " (for %s)");
    say_standing(b, permission, japanese);
}

void view_approvers_here(struct buf *b, const json_t *permission)
{
    /* TRANSLATORS: between two persons, and behind one who approved in another's place. */
    put_approvers(b, permission, _(", "), _(" (for %s)"));
    const char *standing = record_text(permission, "under.id");
    autobuf struct buf at = {0};
    screen_time(&at, record_text(permission, "under.at"), false);
    if (*standing && at.data && !at.err)
        /* TRANSLATORS: behind the approver: a standing permit's number and when it was granted. */
        buf_printf(b, _(" (by the standing permit %s of %s)"), standing, at.data);
}

const char *view_change_here(const char *change)
{
    static const char *const changes[][2] = {{"unchanged", N_("unchanged")},
                                             {"changed", N_("CHANGED")},
                                             {"added", N_("ADDED")},
                                             {"removed", N_("REMOVED")}};
    for (size_t i = 0; i < array_count(changes); i++)
        if (str_eq(changes[i][0], change))
            return gettext(changes[i][1]);
    return change;
}

const char *view_said_here(const char *what)
{
    static const char *const said[][2] = {{"destination", N_("Where to")},
                                          {"recipients", N_("Can be opened by")},
                                          {"purpose", N_("What for")},
                                          {"kept", N_("Kept")},
                                          {"return-by", N_("Return by")}};
    for (size_t i = 0; i < array_count(said); i++)
        if (str_eq(said[i][0], what))
            return gettext(said[i][1]);
    return what;
}

void view_base_here(struct buf *b, const json_t *again)
{
    const json_t *base = record_member(again, "base");
    autobuf struct buf at = {0}, who = {0};
    if (record_flag(again, "hidden")) {
        buf_puts(b, _("what is not shown here"));
        return;
    }
    if (!json_is_object(base)) {
        buf_puts(b, _("nothing: no approver has looked at and permitted any of it before"));
        return;
    }
    screen_time(&at, record_text(base, "permitted-at"), false);
    view_approvers_here(&who, base);
    /* TRANSLATORS: a case, its state, its approver, and when that approved it. */
    buf_printf(b, _("%s (%s), permitted by %s, %s"), record_text(base, "case"),
               view_state_here(record_text(base, "state")), who.data ? who.data : "", at.data ? at.data : "");
}

void view_standing_here(struct buf *b, const json_t *view)
{
    int64_t uses = record_number(view, "standing.uses");
    buf_printf(b,
               str_eq(record_text(view, "standing.type"), "copy")
                   ? _("copies: at most %lld, %lld of them left")
                   : _("take-outs: at most %lld, %lld of them left"),
               (long long)uses, (long long)(uses - record_number(view, "standing.used")));
    buf_printf(b, ", %s – %s", record_text(view, "standing.from"),
               record_text(view, "standing.until"));
}

#define ESCROW_JAPANESE "受託者の控えの鍵"

static const char escrow_here[] = N_("the contractor's escrow key");

static const char *opener(const json_t *r, const char *escrow)
{
    const char *id = record_text(r, "id"), *name = record_text(r, "name");
    return str_eq(id, POLICY_ESCROW) ? escrow : *name ? name : id;
}

const char *view_opener(const json_t *r, bool japanese)
{
    return opener(r, japanese ? ESCROW_JAPANESE : escrow_here);
}

const char *view_opener_here(const json_t *r)
{
    return opener(r, _(escrow_here));
}

static void put_openers(struct buf *b, const json_t *list, const char *between, const char *escrow)
{
    size_t i;
    const json_t *r;
    json_array_foreach(list, i, r)
    {
        const char *organisation = record_text(r, "organisation");
        buf_puts(b, i == 0 ? "" : between);
        screen_safe(b, opener(r, escrow));
        if (*organisation) {
            buf_puts(b, " (");
            screen_safe(b, organisation);
            buf_putc(b, ')');
        }
    }
}

void view_openers(struct buf *b, const json_t *list, bool japanese)
{
    put_openers(b, list, japanese ? "、" : ", ", japanese ? ESCROW_JAPANESE : escrow_here);
}

void view_openers_here(struct buf *b, const json_t *list)
{
    put_openers(b, list, _(", "), _(escrow_here));
}

void view_consent(struct buf *b, const json_t *consent, bool japanese)
{
    const char *document = record_text(consent, "document");
    const char *id = record_text(consent, "id");
    const char *date = record_text(consent, "date");
    if (document[0] == '\0' && id[0] == '\0')
        return;
    if (document[0]) {
        buf_puts(b, japanese ? "「" : "\"");
        screen_safe(b, document);
        buf_puts(b, japanese ? "」" : "\"");
    }
    if (date[0]) {
        buf_putc(b, ' ');
        screen_time(b, date, japanese);
    }
    if (id[0]) {
        buf_puts(b, document[0] ? " [" : "[");
        screen_safe(b, id);
        buf_putc(b, ']');
    }
}
