/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.c owns the one line that moves. It must never write to anything but a terminal. */
#include <inttypes.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/screen.h"

#define BAR_COLUMNS 30
#define REDRAW_NS   100000000ull /* nanoseconds between two drawings */

static uint64_t began_ns; /* boot clock, of the line that moves now */
static bool open;         /* a bar stands on the line that the cursor is in */

static uint64_t permille(uint64_t done, uint64_t total)
{
    if (done >= total)
        return total > 0 ? 1000 : 0;
    return total > UINT64_MAX / 1000 ? done / (total / 1000) : done * 1000 / total;
}

static void draw(const char *what, uint64_t done, uint64_t total, bool count)
{
    autobuf struct buf b = {0};
    uint64_t share = permille(done, total);
    buf_puts(&b, "\r\033[K");
    screen_safe(&b, what);
    buf_puts(&b, " [");
    for (uint64_t i = 0; i < BAR_COLUMNS; i++)
        buf_putc(&b, i * 1000 < share * BAR_COLUMNS ? '#' : '.');
    buf_printf(&b, "] %3" PRIu64 " %%  ", share / 10);
    if (count) {
        buf_printf(&b, "%" PRIu64 " / %" PRIu64, done, total);
    } else {
        screen_short_size(&b, done);
        buf_puts(&b, " / ");
        screen_short_size(&b, total);
        screen_pace(&b, done, total, clock_boot_ns() - began_ns);
    }
    if (!b.err)
        fputs(b.data, stderr);
}

static void progress(const struct cli *cli, const char *what, uint64_t done, uint64_t total,
                     bool count)
{
    static uint64_t drawn_at;
    if (cli->quiet || !isatty(STDERR_FILENO))
        return;
    uint64_t now = clock_boot_ns();
    if (done < total && open && now - drawn_at < REDRAW_NS)
        return;
    if (!open)
        began_ns = now;
    draw(what, done, total, count);
    drawn_at = now;
    open = done < total;
    if (!open)
        fputc('\n', stderr);
    fflush(stderr);
}

void cli_progress(const struct cli *cli, const char *what, uint64_t done, uint64_t total)
{
    progress(cli, what, done, total, false);
}

void cli_progress_count(const struct cli *cli, const char *what, uint64_t done, uint64_t total)
{
    progress(cli, what, done, total, true);
}

void cli_progress_end(void)
{
    if (!open)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    open = false;
}
