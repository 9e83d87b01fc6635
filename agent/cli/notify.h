/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices of the desktop about what was refused. */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include "cli/cli.h"

/* Follow one's own refusals and show them as notices, those of 10 seconds in one, until the session
 * ends. Waits for an agent that is not there. A desktop without notices is no error. */
int notify_run(struct cli *cli);

/* One notice, for what was started from a menu and has no terminal to say it on. */
void notify_tell(const char *summary, const char *body);

#endif
