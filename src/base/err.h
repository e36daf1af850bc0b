/* Error reporting inside the library: fill the caller's octet_error, return its status.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_ERR_H
#define OCT_ERR_H

#include <octet/status.h>

#include "base/compiler.h"

/* Store `status` and the formatted message in *err (NULL: nowhere) and return `status`. Control characters become '?'.
 *     return oct_fail(err, OCTET_UNSUPPORTED, "Conv '%s': dilations %dx%d", name, dh, dw); */
octet_status oct_fail(octet_error *err, octet_status status, const char *format, ...) OCT_PRINTF(3, 4);

/* Put "<formatted context>: " in front of the message of *err, e.g. the file name that a reader did not know. */
void oct_err_prefix(octet_error *err, const char *format, ...) OCT_PRINTF(2, 3);

/* Out of memory, naming what was wanted. */
octet_status oct_fail_memory(octet_error *err, const char *what, unsigned long long n_bytes);

/* Return from the calling function if `call` fails. */
#define OCT_TRY(call)                                  \
    do {                                               \
        octet_status oct_try_status_ = (call);         \
        if (oct_try_status_ != OCTET_OK)               \
            return oct_try_status_;                    \
    } while (0)

/* The same, for functions with a `fail:` label and a local `octet_status status`. */
#define OCT_TRY_GOTO(call)                             \
    do {                                               \
        status = (call);                               \
        if (status != OCTET_OK)                        \
            goto fail;                                 \
    } while (0)

#endif
