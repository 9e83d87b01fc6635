/* SPDX-License-Identifier: GPL-3.0-or-later */
/* preload-nothing.c is what LD_PRELOAD brings into a listed program. It must never do anything: the
 * place it comes from is what counts. */
extern int preload_nothing;
int preload_nothing;
