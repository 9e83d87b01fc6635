/* SPDX-License-Identifier: GPL-3.0-or-later */
/* papers.c owns the table of papers. It must never call a layout the client's that the contracts do not
 * show. */
#include "report/papers.h"
#include <stddef.h>

/* name, title, layout is the client's, wide, form, reads accesses, builder */
const struct report_row report_rows[] = {
    {"copies", {"複製履歴", "Copy ledger"}, false, true, "paper", false, paper_copies},
    {"takeouts", {"持出履歴", "Take-out ledger"}, false, true, "paper", false, paper_takeouts},
    {"handovers", {"授受履歴", "Hand-over ledger"}, false, true, "paper", false, paper_handovers},
    {"register", {"データ管理簿", "Data register"}, false, true, "paper", false, paper_register},
    {"plan", {"作業実施計画書（別添１）", "Plan of return and disposal (Annex 1)"}, true, false, "letter",
     false, paper_plan},
    {"completion", {"作業完了報告書（別添２）", "Report on return and disposal (Annex 2)"}, true, false,
     "letter", false, paper_completion},
    {"return-plan", {"データ返却等計画書", "Plan for returning data"}, false, true, "paper", false,
     paper_return_plan},
    {"erasure-plan", {"抹消措置作業計画", "Plan of erasure"}, false, false, "paper", false,
     paper_erasure_plan},
    {"erasure-report", {"抹消措置完了報告書", "Report on erasure"}, false, true, "paper", false,
     paper_erasure_report},
    {"access-review", {"アクセスログ確認記録", "Review of the access log"}, false, true, "paper", true,
     paper_access},
    {"roster", {"取扱者名簿・研修受講記録", "Roster and training record"}, false, true, "paper", false,
     paper_roster},
    {"start", {"業務開始時報告書", "Report at the start"}, false, false, "paper", false, paper_start},
    {"inspection", {"作業終了時の検査記録", "Inspections at the end of work"}, false, true, "paper", true,
     paper_inspection},
    {"audit-plan", {"情報セキュリティ監査対応計画書", "Plan for receiving an audit"}, false, false, "paper",
     false, paper_audit},
    {"compliance", {"履行状況報告書", "State of compliance"}, false, true, "paper", true, paper_compliance},
    {"storage", {"電子データ保存先等届出書", "Declaration of storage"}, false, true, "paper", false,
     paper_storage},
    {"incident-first", {"情報セキュリティ事故 第一報", "First report of incidents"}, false, false, "paper", false,
     paper_incident_first},
    {"incident-details", {"情報セキュリティ事故 詳細報告書", "Details of incidents"}, false, false, "paper", false,
     paper_incident_details},
    {"incident-final", {"情報セキュリティ事故 最終報告書", "Final report of incidents"}, false, false, "paper", false,
     paper_incident_final},
    {NULL, {NULL, NULL}, false, false, NULL, false, NULL},
};
