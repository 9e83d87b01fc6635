/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LUKS2 by libcryptsetup, where the kernel has dm-crypt. */
#ifndef DEVICE_LUKS_H
#define DEVICE_LUKS_H

#include <stddef.h>
#include <stdint.h>
#include "base/fault.h"

#define LUKS_PASSPHRASE_MAX 512 /* bytes */
#define LUKS_PASSPHRASE_MIN 8   /* bytes: shorter ones are refused when an area is made */
#define LUKS_NAME_CAP       128 /* bytes of a mapping's name with NUL, as dm allows (DM_NAME_LEN) */

/* A passphrase in memory that does not reach swap and is wiped by luks_passphrase_free. */
struct luks_passphrase;

/* What a descriptor (memfd) holds, a last newline taken off. 0, SK_ERR_PASSPHRASE (empty or too
 * long), -errno. */
int luks_passphrase_read(int fd, struct luks_passphrase **ret) SK_MUST_CHECK;
void luks_passphrase_free(struct luks_passphrase **p);
#define autopassphrase __attribute__((cleanup(luks_passphrase_free)))

/* Has this kernel the device mapper's crypt target? Asked of the device mapper itself
 * (DM_GET_TARGET_VERSION, which also loads the module). 0, or SK_ERR_UNSUPPORTED with the reason. */
int luks_available(struct fault *f) SK_MUST_CHECK;

/* Make a LUKS2 header with a random volume key and the passphrase in key slot 0. 0 or f->code. */
int luks_format(const char *device, const struct luks_passphrase *passphrase,
                struct fault *f) SK_MUST_CHECK;

/* Bytes that the header takes of a device or image, 0 when there is none. */
uint64_t luks_header_bytes(const char *path);

/* Destroy every key slot of a LUKS2 header on a device or image that is not open. One whose header is gone
 * already has none left: 0. Otherwise f->code. The header's other bytes are the caller's to overwrite. */
int luks_destroy(const char *path, struct fault *f) SK_MUST_CHECK;

/* Open as /dev/mapper/NAME. 0, or f->code (SK_ERR_PASSPHRASE when it is the wrong one). */
int luks_activate(const char *device, const char *name, const struct luks_passphrase *passphrase,
                  struct fault *f) SK_MUST_CHECK;

/* Close a mapping; also one that is still used: it then goes with its last user. 0 or f->code. */
int luks_deactivate(const char *name, struct fault *f) SK_MUST_CHECK;

#endif
