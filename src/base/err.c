/* Error sink: formats messages into the caller's octet_error.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names come from files: none may steer a terminal. Line ends separate the entries of a list. */
static void make_printable(char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\n') || *s == 0x7f)
            *s = '?';
}

octet_status oct_fail(octet_error *err, octet_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
        make_printable(err->message);
    }
    return status;
}

void oct_err_prefix(octet_error *err, const char *format, ...)
{
    if (!err)
        return;
    char old[sizeof err->message];
    memcpy(old, err->message, sizeof old);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n;
    if (used + 3 >= sizeof err->message)
        return;
    memcpy(err->message + used, ": ", 2);
    size_t room = sizeof err->message - used - 3, n_old = strlen(old);
    size_t n_copied = n_old < room ? n_old : room;
    memcpy(err->message + used + 2, old, n_copied);
    err->message[used + 2 + n_copied] = '\0';
}

octet_status oct_fail_memory(octet_error *err, const char *what, unsigned long long n_bytes)
{
    return oct_fail(err, OCTET_NO_MEMORY, "out of memory: %s needs %llu bytes", what, n_bytes);
}

const char *octet_status_name(octet_status status)
{
    switch (status) {
    case OCTET_OK: return "ok";
    case OCTET_CHECK_FAILED: return "check failed";
    case OCTET_USAGE: return "wrong usage";
    case OCTET_BAD_INPUT: return "bad input";
    case OCTET_UNSUPPORTED: return "unsupported";
    case OCTET_NO_MEMORY: return "out of memory";
    }
    return "unknown status";
}
