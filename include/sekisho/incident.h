/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of incidents: what one is (INC-1), what made the agent open one (INC-3), which reports it
 * asks for (INC-2). The names go into records and never change their meaning; the sentences for people
 * are English and the message ids of gettext. */
#ifndef SEKISHO_INCIDENT_H
#define SEKISHO_INCIDENT_H

/* [002 10; 001 2(2); 004 第3]; breach: of the contract's terms [003 4-5; 002 12-1; 004 別記1 5] */
#define SK_INCIDENT_TYPES(X)                                                                       \
    X(SUSPICION, "suspicion", "suspicion of an incident")                                          \
    X(LEAK, "leak", "leak")                                                                        \
    X(OTHER_PURPOSE, "other-purpose", "use for another purpose")                                   \
    X(ACCESS, "access", "access that is not allowed")                                              \
    X(MALWARE, "malware", "malware")                                                               \
    X(TAMPERING, "tampering", "tampering")                                                         \
    X(DELETION, "deletion", "deletion")                                                            \
    X(LOSS, "loss", "loss")                                                                        \
    X(THEFT, "theft", "theft")                                                                     \
    X(DESTRUCTION, "destruction", "destruction")                                                   \
    X(MISUSE, "misuse", "misuse")                                                                  \
    X(DENIAL, "denial-of-service", "denial of service")                                            \
    X(CHANGE, "unintended-change", "unintended change")                                            \
    X(BREACH, "breach", "breach of the contract's terms")

/* Why the agent opened it; by a person the trigger is "". The last member is the type that it is opened as. */
#define SK_INCIDENT_TRIGGERS(X)                                                                    \
    X(BURST, "refusal-burst", "many refusals of one person", ACCESS)                               \
    X(UNKNOWN_FILES, "unknown-files", "unknown files on a medium", SUSPICION)                      \
    X(MEDIUM_COPY, "medium-copy", "a copy of a medium", SUSPICION)                                 \
    X(MEDIUM_TWICE, "medium-twice", "two media with one identity", SUSPICION)                      \
    X(CLOCK, "clock", "the PC's clock was changed or is not synchronised", SUSPICION)              \
    X(LEDGER, "ledger", "the ledger could not be written", SUSPICION)                              \
    X(UNCOVERED, "uncovered", "the PC was up without the agent", SUSPICION)                        \
    X(TAMPER, "tampering", "signs of tampering", TAMPERING)                                        \
    X(OVERDUE, "overdue", "something taken out is long overdue", SUSPICION)

#define SK_INCIDENT_REPORTS(X)                                                                     \
    X(FIRST, "first", "first report")                                                              \
    X(EFFECT, "effect", "what happened and its effect")                                            \
    X(DETAILS, "details", "details with cause and response")                                       \
    X(FACTS, "facts", "when, where, cause, persons concerned")                                     \
    X(WRITTEN, "written", "the same in writing")                                                   \
    X(PLAN, "plan", "plan of correction")                                                          \
    X(RESULT, "result", "result of the correction")                                                \
    X(FINAL, "final", "final report")

#endif
