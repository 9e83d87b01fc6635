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
static const struct field revoke_fields[] = {
    {"medium", FIELD_ID, true, 0, NULL}, {"why", FIELD_LINE, true, 0, NULL}, {0}};
static const struct field approve_fields[] = {{"port", FIELD_LINE, true, 0, NULL},
                                              {"medium", FIELD_ID, true, 0, NULL},
                                              {"owner", FIELD_ID, true, 0, NULL},
                                              {"areas", FIELD_LINE, true, 0, NULL},
                                              {"until", FIELD_DATE, true, 0, NULL},
                                              {0}};
static const struct field medium_fields[] = {{"medium", FIELD_ID, true, 0, NULL}, {0}};
static const struct field area_fields[] = {{"area", FIELD_ID, true, 0, NULL}, {0}};
static const struct field receive_file_fields[] = {{"name", FIELD_PATH, true, 0, NULL}, {0}};
static const struct field receive_fields[] = {
    {"area", FIELD_ID, true, 0, NULL},
    {"from", FIELD_LINE, true, 0, NULL},
    {"how", FIELD_LINE, true, 0, NULL},
    {"into", FIELD_PATH, false, 0, NULL},
    {"place", FIELD_LINE, false, 0, NULL},
    {"personal", FIELD_BOOL, false, 0, NULL},
    {"name", FIELD_LINE, false, 0, NULL},
    {"purpose", FIELD_LINE, false, 0, NULL},
    {"return-how", FIELD_LINE, false, 0, NULL},
    {"unseal", FIELD_BOOL, false, 0, NULL},
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
    {"under", FIELD_ID, false, 0, NULL},
    {"again", FIELD_ID, false, 0, NULL},
    {0}};
static const struct field standing_fields[] = {
    {"type", FIELD_ID, true, 0, NULL},        {"area", FIELD_ID, true, 0, NULL},
    {"destination", FIELD_ID, true, 0, NULL}, {"purpose", FIELD_LINE, true, 0, NULL},
    {"from", FIELD_DATE, false, 0, NULL},     {"until", FIELD_DATE, true, 0, NULL},
    {"uses", FIELD_NUMBER, true, 0, NULL},    {"consent", FIELD_ID, false, 0, NULL},
    {0}};
static const struct field withdraw_fields[] = {
    {"case", FIELD_ID, true, 0, NULL}, {"why", FIELD_LINE, false, 0, NULL}, {0}};
static const struct field requests_fields[] = {{"scope", FIELD_ID, false, 0, NULL}, {0}};
static const struct field submit_fields[] = {
    {"case", FIELD_ID, true, 0, NULL},
    {"permit", FIELD_BLOCK, false, TEXT_PERMIT_MAX, NULL},
    {"signature", FIELD_BLOCK, true, SK_SIGNATURE_MAX, NULL},
    {0}};
static const struct field reject_fields[] = {
    {"case", FIELD_ID, true, 0, NULL}, {"why", FIELD_LINE, true, 0, NULL}, {0}};
static const struct field cases_fields[] = {
    {"open", FIELD_BOOL, false, 0, NULL}, {"overdue", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field copies_fields[] = {
    {"area", FIELD_ID, false, 0, NULL}, {"unpermitted", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field correct_fields[] = {{"why", FIELD_LINE, true, 0, NULL}, {0}};
static const struct field attest_fields[] = {{"nonce", FIELD_ID, true, 0, NULL}, {0}};
static const struct field confirm_fields[] = {
    {"area", FIELD_ID, false, 0, NULL}, {"through", FIELD_NUMBER, true, 0, NULL}, {0}};
#define PAPER_FIELDS                                                                               \
    {"paper", FIELD_ID, true, 0, NULL}, {"contract", FIELD_ID, true, 0, NULL},                     \
        {"from", FIELD_DATE, false, 0, NULL}, {"to", FIELD_DATE, false, 0, NULL},                  \
        {"sha256", FIELD_DIGEST, true, 0, NULL}, {"content", FIELD_DIGEST, true, 0, NULL},         \
        {"role", FIELD_ID, true, 0, NULL}
static const struct field paper_fields[] = {PAPER_FIELDS, {0}};
static const struct field paper_confirm_fields[] = {
    PAPER_FIELDS,
    {"missing", FIELD_NUMBER, false, 0, NULL},
    {"signature", FIELD_BLOCK, false, SK_SIGNATURE_MAX, NULL},
    {0}};
static const struct field proof_fields[] = {{"text", FIELD_LINE, false, 0, NULL},
                                            {"file", FIELD_PATH, false, 0, NULL},
                                            {"sha256", FIELD_DIGEST, false, 0, NULL},
                                            {0}};
static const struct field closing_fields[] = {{"case", FIELD_ID, true, 0, NULL},
                                              {"method", FIELD_LINE, true, 0, NULL},
                                              {"proof", FIELD_OBJECT, false, 0, proof_fields},
                                              {"receipt", FIELD_BLOCK, false, TEXT_RECEIPT_MAX, NULL},
                                              {"signature", FIELD_BLOCK, false, SK_SIGNATURE_MAX, NULL},
                                              {"done-by", FIELD_LINE, false, 0, NULL},
                                              {0}};
static const struct field kept_fields[] = {
    {"where", FIELD_LINE, false, 0, NULL}, {"how", FIELD_LINE, false, 0, NULL}, {0}};
static const struct field to_fields[] = {{"person", FIELD_ID, false, 0, NULL},
                                         {"name", FIELD_LINE, false, 0, NULL},
                                         {"organisation", FIELD_LINE, false, 0, NULL},
                                         {0}};
static const struct field add_fields[] = {
    {"contract", FIELD_ID, false, 0, NULL},   {"area", FIELD_ID, false, 0, NULL},
    {"form", FIELD_ID, true, 0, NULL},        {"name", FIELD_LINE, true, 0, NULL},
    {"count", FIELD_NUMBER, false, 0, NULL},  {"of", FIELD_ID, false, 0, NULL},
    {"handler", FIELD_ID, false, 0, NULL},    {"from", FIELD_LINE, true, 0, NULL},
    {"how", FIELD_LINE, true, 0, NULL},       {"purpose", FIELD_LINE, true, 0, NULL},
    {"place", FIELD_LINE, true, 0, NULL},     {"kept", FIELD_OBJECT, true, 0, kept_fields},
    {"return-how", FIELD_LINE, false, 0, NULL},
    {"owner", FIELD_ID, false, 0, NULL},
    {"specific-personal", FIELD_BOOL, false, 0, NULL},
    {"top-secret", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field list_fields[] = {
    {"contract", FIELD_ID, false, 0, NULL},  {"area", FIELD_ID, false, 0, NULL},
    {"open", FIELD_BOOL, false, 0, NULL},    {"unchecked", FIELD_BOOL, false, 0, NULL},
    {"specific-personal", FIELD_BOOL, false, 0, NULL}, {"after", FIELD_NUMBER, false, 0, NULL}, {0}};
static const struct field sent_fields[] = {{"case", FIELD_ID, true, 0, NULL},
                                           {"to", FIELD_WORDS, true, AGE_RECIPIENTS_MAX, NULL},
                                           {0}};
static const struct field move_fields[] = {{"case", FIELD_ID, true, 0, NULL},
                                           {"place", FIELD_LINE, false, 0, NULL},
                                           {"kept", FIELD_OBJECT, false, 0, kept_fields},
                                           {"handler", FIELD_ID, false, 0, NULL},
                                           {0}};
static const struct field give_fields[] = {{"case", FIELD_ID, true, 0, NULL},
                                           {"to", FIELD_OBJECT, true, 0, to_fields},
                                           {"to-client", FIELD_BOOL, false, 0, NULL},
                                           {"method", FIELD_LINE, true, 0, NULL},
                                           {"proof", FIELD_OBJECT, false, 0, proof_fields},
                                           {"receipt", FIELD_BLOCK, false, TEXT_RECEIPT_MAX, NULL},
                                           {"signature", FIELD_BLOCK, false, SK_SIGNATURE_MAX, NULL},
                                           {"done-by", FIELD_LINE, false, 0, NULL},
                                           {0}};
static const struct field handover_fields[] = {{"case", FIELD_ID, true, 0, NULL},
                                               {"to", FIELD_OBJECT, true, 0, to_fields},
                                               {"to-client", FIELD_BOOL, false, 0, NULL},
                                               {"destination", FIELD_ID, false, 0, NULL},
                                               {"purpose", FIELD_LINE, false, 0, NULL},
                                               {"kept", FIELD_LINE, true, 0, NULL},
                                               {"return-by", FIELD_DATE, false, 0, NULL},
                                               {"consent", FIELD_ID, false, 0, NULL},
                                               {0}};
static const struct field handing_fields[] = {{"handover", FIELD_ID, true, 0, NULL}, {0}};
static const struct field received_fields[] = {{"handover", FIELD_ID, true, 0, NULL},
                                               {"failed", FIELD_BOOL, false, 0, NULL},
                                               {"why", FIELD_LINE, false, 0, NULL},
                                               {"proof", FIELD_OBJECT, false, 0, proof_fields},
                                               {"receipt", FIELD_BLOCK, false, TEXT_RECEIPT_MAX, NULL},
                                               {"signature", FIELD_BLOCK, false, SK_SIGNATURE_MAX,
                                                NULL},
                                               {0}};
static const struct field locale_fields[] = {{"LANG", FIELD_LINE, false, 0, NULL},
                                             {"LANGUAGE", FIELD_LINE, false, 0, NULL},
                                             {"LC_ALL", FIELD_LINE, false, 0, NULL},
                                             {"TZ", FIELD_LINE, false, 0, NULL},
                                             {"IM", FIELD_LINE, false, 0, NULL},
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
                                            {"devices", FIELD_BOOL, false, 0, NULL},
                                            {"cases", FIELD_BOOL, false, 0, NULL},
                                            {0}};
static const struct field archive_fields[] = {{"dry-run", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field prune_fields[] = {
    {"dry-run", FIELD_BOOL, false, 0, NULL}, {"why", FIELD_LINE, false, 0, NULL}, {0}};
static const struct field erase_fields[] = {
    {"area", FIELD_ID, false, 0, NULL},    {"medium", FIELD_ID, false, 0, NULL},
    {"device", FIELD_PATH, false, 0, NULL}, {"path", FIELD_PATH, false, 0, NULL},
    {"changed", FIELD_BOOL, false, 0, NULL},
    {"all-names", FIELD_BOOL, false, 0, NULL}, {"dry-run", FIELD_BOOL, false, 0, NULL},
    {"witness", FIELD_LINE, false, 0, NULL}, {"for-case", FIELD_ID, false, 0, NULL},
    {"item", FIELD_ID, false, 0, NULL},    {0}};
static const struct field contract_fields[] = {{"contract", FIELD_ID, true, 0, NULL}, {0}};
static const struct field close_fields[] = {{"contract", FIELD_ID, true, 0, NULL},
                                            {"final", FIELD_BOOL, false, 0, NULL},
                                            {"before-end", FIELD_LINE, false, 0, NULL},
                                            {"dry-run", FIELD_BOOL, false, 0, NULL},
                                            {0}};
static const struct field why_fields[] = {{"event", FIELD_NUMBER, true, 0, NULL}, {0}};

#define INCIDENT_TEXTS                                                                             \
    {"what", FIELD_LINE, false, 0, NULL}, {"where", FIELD_LINE, false, 0, NULL},                   \
    {"cause", FIELD_LINE, false, 0, NULL}, {"effect", FIELD_LINE, false, 0, NULL},                 \
    {"response", FIELD_LINE, false, 0, NULL}, {"correction", FIELD_LINE, false, 0, NULL},          \
    {"prevention", FIELD_LINE, false, 0, NULL}, {"occurred-at", FIELD_TIME, false, 0, NULL},         \
    {"concerned", FIELD_LINE, false, 0, NULL}
static const struct field incident_open_fields[] = {INCIDENT_TEXTS,
                                                    {"type", FIELD_ID, false, 0, NULL},
                                                    {"known-at", FIELD_TIME, false, 0, NULL},
                                                    {"contract", FIELD_ID, false, 0, NULL},
                                                    {"area", FIELD_ID, false, 0, NULL},
                                                    {"case", FIELD_ID, false, 0, NULL},
                                                    {0}};
static const struct field incident_add_fields[] = {INCIDENT_TEXTS,
                                                   {"incident", FIELD_ID, true, 0, NULL},
                                                   {"final-by", FIELD_DATE, false, 0, NULL},
                                                   {0}};
static const struct field incident_report_fields[] = {
    {"incident", FIELD_ID, true, 0, NULL}, {"which", FIELD_ID, true, 0, NULL},
    {"at", FIELD_TIME, false, 0, NULL},    {"to", FIELD_LINE, true, 0, NULL},
    {"by", FIELD_LINE, false, 0, NULL},    {"oral", FIELD_BOOL, false, 0, NULL},
    {0}};
static const struct field incident_close_fields[] = {
    {"incident", FIELD_ID, true, 0, NULL}, {"why", FIELD_LINE, false, 0, NULL}, {0}};
static const struct field incident_list_fields[] = {{"open", FIELD_BOOL, false, 0, NULL}, {0}};
static const struct field incident_fields[] = {{"incident", FIELD_ID, true, 0, NULL}, {0}};
static const struct field lost_fields[] = {{"id", FIELD_ID, true, 0, NULL},
                                           {"known-at", FIELD_TIME, false, 0, NULL},
                                           {"occurred-at", FIELD_TIME, false, 0, NULL},
                                           {"where", FIELD_LINE, false, 0, NULL},
                                           {"what", FIELD_LINE, false, 0, NULL},
                                           {"stolen", FIELD_BOOL, false, 0, NULL},
                                           {0}};

#define MAY_VIEW (MAY_REQUESTER | MAY_APPROVER | MAY_MANAGER | MAY_AUDITOR | MAY_ROOT)

/* op, who may, refusals recorded, what "case" names, also inside a room, descriptors at least/most,
 * fields, handler */
const struct op_row op_rows[] = {
    {SK_OP_WHOAMI, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, no_fields, op_whoami},
    {SK_OP_STATUS, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, no_fields, op_status},
    {SK_OP_POLICY_INSTALL, MAY_ROOT | MAY_ADMINISTRATOR, true, NAMES_NOTHING, false, 2, 2, install_fields,
     op_policy_install},
    {SK_OP_POLICY_SHOW, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, no_fields, op_policy_show},
    {SK_OP_AREA_CREATE, MAY_ROOT, true, NAMES_NOTHING, false, 0, 1, create_fields, op_area_create},
    {SK_OP_AREA_OPEN, MAY_ROOT, true, NAMES_NOTHING, false, 0, 1, area_fields, op_area_open},
    {SK_OP_AREA_CLOSE, MAY_ROOT, true, NAMES_NOTHING, false, 0, 0, area_fields, op_area_close},
    {SK_OP_DEVICE_LIST, MAY_ANYONE, false, NAMES_NOTHING, false, 0, 0, no_fields, op_device_list},
    {SK_OP_DEVICE_APPROVE, MAY_ADMINISTRATOR | MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, approve_fields,
     op_device_approve},
    {SK_OP_DEVICE_REVOKE, MAY_ADMINISTRATOR | MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, revoke_fields, op_device_revoke},
    {SK_OP_MEDIUM_RETURN, MAY_HANDLER | MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, medium_fields, op_medium_return},
    {SK_OP_AREA_LIST, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, no_fields, op_area_list},
    {SK_OP_ROOM_START, MAY_HANDLER, true, NAMES_NOTHING, false, 0, 1, start_fields, op_room_start},
    {SK_OP_ROOM_LIST, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, no_fields, op_room_list},
    {SK_OP_ROOM_END, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, room_fields, op_room_end},
    {SK_OP_WATCH, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, watch_fields, op_watch},
    {SK_OP_WHY, MAY_ANYONE, false, NAMES_NOTHING, true, 0, 0, why_fields, op_why},
    {SK_OP_RECEIVE, MAY_HANDLER, true, NAMES_NOTHING, false, 1, SK_RECEIVE_FILES_MAX, receive_fields,
     op_receive},
    {SK_OP_REQUEST, MAY_HANDLER, true, NAMES_NOTHING, true, 0, 0, request_fields, op_request},
    {SK_OP_REQUEST_STANDING, MAY_HANDLER, true, NAMES_NOTHING, false, 0, 0, standing_fields, op_request_standing},
    {SK_OP_REQUEST_WITHDRAW, MAY_REQUESTER, true, NAMES_CASE, true, 0, 0, withdraw_fields, op_request_withdraw},
    {SK_OP_REQUESTS, MAY_ROSTER | MAY_ROOT, false, NAMES_NOTHING, true, 0, 0, requests_fields, op_requests},
    {SK_OP_REQUEST_TEXT, MAY_VIEW, false, NAMES_REQUEST, true, 0, 0, case_fields, op_request_text},
    {SK_OP_PERMIT_PREPARE, MAY_APPROVER, true, NAMES_REQUEST, false, 0, 0, case_fields, op_permit_prepare},
    {SK_OP_PERMIT_SUBMIT, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, submit_fields, op_permit_submit},
    {SK_OP_PERMIT_REJECT, MAY_APPROVER, true, NAMES_REQUEST, false, 0, 0, reject_fields, op_permit_reject},
    {SK_OP_PERMIT_REVOKE, MAY_APPROVER | MAY_MANAGER, true, NAMES_CASE, false, 0, 0, reject_fields, op_permit_revoke},
    {SK_OP_PERMIT_TEXT, MAY_REQUESTER | MAY_APPROVER | MAY_MANAGER, true, NAMES_REQUEST, false, 0, 0, case_fields,
     op_permit_text},
    {SK_OP_APPROVAL_FAILED, MAY_APPROVER, true, NAMES_REQUEST, false, 0, 0, case_fields, op_approval_failed},
    {SK_OP_EXPORT, MAY_REQUESTER, true, NAMES_CASE, true, 0, 0, case_fields, op_export},
    {SK_OP_SENT, MAY_REQUESTER, true, NAMES_THING, false, 0, 0, sent_fields, op_sent},
    {SK_OP_CASE, MAY_VIEW, false, NAMES_CASE, true, 0, 0, case_fields, op_case},
    {SK_OP_CASES, MAY_ROSTER | MAY_ROOT, false, NAMES_NOTHING, true, 0, 0, cases_fields, op_cases},
    {SK_OP_COPIES, MAY_ROSTER | MAY_ROOT, false, NAMES_NOTHING, true, 0, 0, copies_fields, op_copies},
    {SK_OP_COPIES_CONFIRM, MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, confirm_fields, op_copies_confirm},
    {SK_OP_PAPER_PREPARE, MAY_ROSTER, false, NAMES_NOTHING, false, 0, 0, paper_fields, op_paper_prepare},
    {SK_OP_PAPER_CONFIRM, MAY_ROSTER, true, NAMES_NOTHING, false, 0, 0, paper_confirm_fields, op_paper_confirm},
    {SK_OP_LEDGER_ARCHIVES, MAY_MANAGER | MAY_AUDITOR | MAY_ROOT, false, NAMES_NOTHING, false, 0, 0, no_fields,
     op_ledger_archives},
    {SK_OP_LEDGER_ARCHIVE, MAY_MANAGER | MAY_ROOT, true, NAMES_NOTHING, false, 0, 0, archive_fields,
     op_ledger_archive},
    {SK_OP_LEDGER_PRUNE, MAY_MANAGER | MAY_ROOT, true, NAMES_NOTHING, false, 0, 0, prune_fields,
     op_ledger_prune},
    {SK_OP_RETURN, MAY_REQUESTER | MAY_MANAGER, true, NAMES_THING, false, 0, 0, closing_fields, op_return},
    {SK_OP_ATTEST, MAY_ROOT | MAY_MANAGER | MAY_AUDITOR, true, NAMES_NOTHING, false, 0, 0, attest_fields,
     op_attest},
    {SK_OP_CLOCK_CORRECT, MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, correct_fields, op_clock_correct},
    {SK_OP_INCIDENT_OPEN, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, incident_open_fields, op_incident_open},
    {SK_OP_INCIDENT_ADD, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, incident_add_fields, op_incident_add},
    {SK_OP_INCIDENT_REPORT, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, incident_report_fields,
     op_incident_report},
    {SK_OP_INCIDENT_CLOSE, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, incident_close_fields,
     op_incident_close},
    {SK_OP_INCIDENT_LIST, MAY_ANYONE, false, NAMES_NOTHING, false, 0, 0, incident_list_fields,
     op_incident_list},
    {SK_OP_INCIDENT_SHOW, MAY_ANYONE, false, NAMES_NOTHING, false, 0, 0, incident_fields, op_incident_show},
    {SK_OP_INCIDENT_DRAFT, MAY_ANYONE, false, NAMES_NOTHING, false, 0, 0, incident_fields, op_incident_draft},
    {SK_OP_LOST, MAY_ANYONE, true, NAMES_NOTHING, false, 0, 0, lost_fields, op_lost},
    {SK_OP_DISPOSE, MAY_REQUESTER | MAY_MANAGER, true, NAMES_THING, false, 0, 0, closing_fields, op_dispose},
    {SK_OP_REGISTER_ADD, MAY_HANDLER | MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, add_fields,
     op_register_add},
    {SK_OP_REGISTER_LIST, MAY_ROSTER | MAY_ROOT, false, NAMES_NOTHING, false, 0, 0, list_fields,
     op_register_list},
    {SK_OP_REGISTER_SHOW, MAY_VIEW, false, NAMES_THING, false, 0, 0, case_fields, op_register_show},
    {SK_OP_REGISTER_CHECK, MAY_MANAGER, true, NAMES_THING, false, 0, 0, case_fields,
     op_register_check},
    {SK_OP_REGISTER_MOVE, MAY_REQUESTER | MAY_MANAGER, true, NAMES_THING, false, 0, 0, move_fields,
     op_register_move},
    {SK_OP_GIVE, MAY_REQUESTER | MAY_MANAGER, true, NAMES_THING, false, 0, 0, give_fields, op_give},
    {SK_OP_HANDOVER, MAY_REQUESTER | MAY_MANAGER, true, NAMES_THING, false, 0, 0, handover_fields,
     op_handover},
    {SK_OP_HANDOVER_LIST, MAY_ROSTER | MAY_ROOT, false, NAMES_NOTHING, false, 0, 0, no_fields,
     op_handover_list},
    {SK_OP_HANDOVER_GIVE, MAY_ROSTER, true, NAMES_NOTHING, false, 0, 0, handing_fields,
     op_handover_give},
    {SK_OP_HANDOVER_CONFIRM, MAY_ROSTER, true, NAMES_NOTHING, false, 0, 0, received_fields,
     op_handover_confirm},
    {SK_OP_AREA_KEY, MAY_ROOT | MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, area_fields,
     op_area_key},
    {SK_OP_ERASE, MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, erase_fields, op_erase},
    {SK_OP_CONTRACT_LIST, MAY_ROSTER | MAY_ROOT, false, NAMES_NOTHING, false, 0, 0, no_fields,
     op_contract_list},
    {SK_OP_CONTRACT_SHOW, MAY_MANAGER | MAY_AUDITOR | MAY_ROOT, false, NAMES_NOTHING, false, 0, 0,
     contract_fields, op_contract_show},
    {SK_OP_CONTRACT_CLOSE, MAY_MANAGER, true, NAMES_NOTHING, false, 0, 0, close_fields, op_contract_close},
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
