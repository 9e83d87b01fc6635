/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ops.c owns the table of what may be asked, by whom, with what fields (<sekisho/ops.h>). It must
 * never hold an op without a row here, and a row must say who may ask. */
#include <sekisho/limits.h>
#include <string.h>
#include "control/control.h"
#include "control/texts.h"

#define WORDS_MAX 1024 /* words of a command in a room */

static const struct field no_fields[] = {{0}};
static const struct field case_fields[] = {{"case", FIELD_ID, true, 0, NULL}, {0}};
static const struct field install_fields[] = {{"check", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field create_fields[] = {{"area", FIELD_ID, true, 0, NULL},
                                             {"bytes", FIELD_NUMBER, false, 0, NULL},
                                             {"filesystem", FIELD_ID, false, 0, NULL},
                                             {"device", FIELD_PATH, false, 0, NULL},
                                             {0}};
static const struct field area_fields[] = {{"area", FIELD_ID, true, 0, NULL}, {0}};
static const struct field receive_file_fields[] = {{"name", FIELD_PATH, true, 0, NULL}, {0}};
static const struct field receive_fields[] = {
    {"area", FIELD_ID, true, 0, NULL},
    {"from", FIELD_LINE, true, 0, NULL},
    {"how", FIELD_LINE, true, 0, NULL},
    {"into", FIELD_PATH, false, 0, NULL},
    {"place", FIELD_LINE, false, 0, NULL},
    {"personal", FIELD_BOOL, false, 0, NULL},
    {"files", FIELD_OBJECTS, true, SK_RECEIVE_FILES_MAX, receive_file_fields},
    {0}};
static const struct field request_fields[] = {
    {"type", FIELD_ID, true, 0, NULL},
    {"files", FIELD_PATHS, true, SK_CASE_FILES_MAX, NULL},
    {"destination", FIELD_ID, true, 0, NULL},
    {"purpose", FIELD_LINE, true, 0, NULL},
    {"kept", FIELD_LINE, true, 0, NULL},
    {"return-by", FIELD_DATE, false, 0, NULL},
    {"consent", FIELD_ID, false, 0, NULL},
    {0}};
static const struct field requests_fields[] = {{"scope", FIELD_ID, false, 0, NULL}, {0}};
static const struct field submit_fields[] = {
    {"case", FIELD_ID, true, 0, NULL},
    {"permit", FIELD_BLOCK, true, TEXT_PERMIT_MAX, NULL},
    {"signature", FIELD_BLOCK, true, SK_SIGNATURE_MAX, NULL},
    {0}};
static const struct field reject_fields[] = {
    {"case", FIELD_ID, true, 0, NULL}, {"why", FIELD_LINE, true, 0, NULL}, {0}};
static const struct field cases_fields[] = {
    {"open", FIELD_BOOL, false, 0, NULL}, {"overdue", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field copies_fields[] = {
    {"area", FIELD_ID, false, 0, NULL}, {"unpermitted", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field confirm_fields[] = {
    {"area", FIELD_ID, false, 0, NULL}, {"through", FIELD_NUMBER, false, 0, NULL}, {0}};
static const struct field proof_fields[] = {{"text", FIELD_LINE, false, 0, NULL},
                                            {"file", FIELD_PATH, false, 0, NULL},
                                            {"sha256", FIELD_DIGEST, false, 0, NULL},
                                            {0}};
static const struct field closing_fields[] = {{"case", FIELD_ID, true, 0, NULL},
                                              {"method", FIELD_LINE, true, 0, NULL},
                                              {"proof", FIELD_OBJECT, true, 0, proof_fields},
                                              {0}};
static const struct field locale_fields[] = {{"LANG", FIELD_LINE, false, 0, NULL},
                                             {"LANGUAGE", FIELD_LINE, false, 0, NULL},
                                             {"LC_ALL", FIELD_LINE, false, 0, NULL},
                                             {"TZ", FIELD_LINE, false, 0, NULL},
                                             {0}};
static const struct field start_fields[] = {
    {"area", FIELD_ID, true, 0, NULL},        {"command", FIELD_WORDS, false, WORDS_MAX, NULL},
    {"folder", FIELD_PATH, false, 0, NULL},   {"display", FIELD_LINE, false, 0, NULL},
    {"cookie", FIELD_ID, false, 0, NULL},     {"wait", FIELD_BOOL, false, 0, NULL},
    {"locale", FIELD_OBJECT, false, 0, locale_fields}, {0}};
static const struct field room_fields[] = {{"room", FIELD_ID, true, 0, NULL}, {0}};
static const struct field watch_fields[] = {{"scope", FIELD_ID, false, 0, NULL},
                                            {"after", FIELD_PLACE, false, 0, NULL},
                                            {"refusals", FIELD_BOOL, false, 0, NULL},
                                            {0}};
static const struct field why_fields[] = {{"event", FIELD_NUMBER, true, 0, NULL}, {0}};

#define MAY_VIEW (MAY_REQUESTER | MAY_APPROVER | MAY_MANAGER | MAY_AUDITOR | MAY_ROOT)

/* op, who may, refusals recorded, names a case, also inside a room, descriptors at least/most,
 * fields, handler */
const struct op_row op_rows[] = {
    {SK_OP_WHOAMI, MAY_ANYONE, false, false, true, 0, 0, no_fields, op_whoami},
    {SK_OP_STATUS, MAY_ANYONE, false, false, true, 0, 0, no_fields, op_status},
    {SK_OP_POLICY_INSTALL, MAY_ROOT | MAY_ADMINISTRATOR, true, false, false, 2, 2, install_fields,
     op_policy_install},
    {SK_OP_POLICY_SHOW, MAY_ANYONE, false, false, false, 0, 0, no_fields, op_policy_show},
    {SK_OP_AREA_CREATE, MAY_ROOT, true, false, false, 0, 1, create_fields, op_area_create},
    {SK_OP_AREA_OPEN, MAY_ROOT, true, false, false, 0, 1, area_fields, op_area_open},
    {SK_OP_AREA_CLOSE, MAY_ROOT, true, false, false, 0, 0, area_fields, op_area_close},
    {SK_OP_AREA_LIST, MAY_ANYONE, false, false, true, 0, 0, no_fields, op_area_list},
    {SK_OP_ROOM_START, MAY_HANDLER, true, false, false, 0, 1, start_fields, op_room_start},
    {SK_OP_ROOM_LIST, MAY_ANYONE, false, false, true, 0, 0, no_fields, op_room_list},
    {SK_OP_ROOM_END, MAY_ANYONE, true, false, false, 0, 0, room_fields, op_room_end},
    {SK_OP_WATCH, MAY_ANYONE, false, false, true, 0, 0, watch_fields, op_watch},
    {SK_OP_WHY, MAY_ANYONE, false, false, true, 0, 0, why_fields, op_why},
    {SK_OP_RECEIVE, MAY_HANDLER, true, false, false, 1, SK_RECEIVE_FILES_MAX, receive_fields,
     op_receive},
    {SK_OP_REQUEST, MAY_HANDLER, true, false, true, 0, 0, request_fields, op_request},
    {SK_OP_REQUESTS, MAY_ROSTER | MAY_ROOT, false, false, true, 0, 0, requests_fields, op_requests},
    {SK_OP_REQUEST_TEXT, MAY_VIEW, false, true, true, 0, 0, case_fields, op_request_text},
    {SK_OP_PERMIT_PREPARE, MAY_APPROVER, true, true, false, 0, 0, case_fields, op_permit_prepare},
    {SK_OP_PERMIT_SUBMIT, MAY_ANYONE, true, false, false, 0, 0, submit_fields, op_permit_submit},
    {SK_OP_PERMIT_REJECT, MAY_APPROVER, true, true, false, 0, 0, reject_fields, op_permit_reject},
    {SK_OP_APPROVAL_FAILED, MAY_APPROVER, true, true, false, 0, 0, case_fields, op_approval_failed},
    {SK_OP_EXPORT, MAY_REQUESTER, true, true, true, 0, 0, case_fields, op_export},
    {SK_OP_CASE, MAY_VIEW, false, true, true, 0, 0, case_fields, op_case},
    {SK_OP_CASES, MAY_ROSTER | MAY_ROOT, false, false, true, 0, 0, cases_fields, op_cases},
    {SK_OP_COPIES, MAY_ROSTER | MAY_ROOT, false, false, true, 0, 0, copies_fields, op_copies},
    {SK_OP_COPIES_CONFIRM, MAY_MANAGER, true, false, false, 0, 0, confirm_fields, op_copies_confirm},
    {SK_OP_RETURN, MAY_REQUESTER | MAY_MANAGER, true, true, false, 0, 0, closing_fields, op_return},
    {SK_OP_DISPOSE, MAY_REQUESTER | MAY_MANAGER, true, true, false, 0, 0, closing_fields, op_dispose},
    {0}};

const struct op_row *op_find(const char *name)
{
    for (const struct op_row *row = op_rows; row->op; row++)
        if (strcmp(row->op, name) == 0)
            return row;
    return NULL;
}

/* The bits that hold for this asker. */
static unsigned bits_of(const struct asker *who)
{
    unsigned bits = MAY_ANYONE;
    if (who->root)
        bits |= MAY_ROOT;
    if (!who->on_roster || who->suspended)
        return bits;
    bits |= MAY_ROSTER;
    if (who->roles & POLICY_HANDLER)
        bits |= MAY_HANDLER;
    if ((who->roles & POLICY_MANAGER) && who->manages)
        bits |= MAY_MANAGER;
    if (who->roles & POLICY_ADMINISTRATOR)
        bits |= MAY_ADMINISTRATOR;
    if (who->roles & POLICY_AUDITOR)
        bits |= MAY_AUDITOR;
    if (who->requester)
        bits |= MAY_REQUESTER;
    if (who->approval == SK_REASON_ALLOWED)
        bits |= MAY_APPROVER;
    return bits;
}

bool op_may(const struct op_row *row, const struct asker *who, int *ret_reason)
{
    if (row->may & bits_of(who))
        return true;
    *ret_reason = -1;
    if (row->may == MAY_ROOT)
        return false;
    if (!who->on_roster)
        *ret_reason = SK_REASON_NOT_ON_ROSTER;
    else if (who->suspended)
        *ret_reason = SK_REASON_SUSPENDED;
    else if (row->may == MAY_APPROVER)
        *ret_reason = (int)who->approval;
    return false;
}
