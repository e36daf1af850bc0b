/* Errors and notes of the command line tool.
 * SPDX-License-Identifier: Apache-2.0 */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

#include "progress.h"

octet_status cli_fail(octet_error *err, octet_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err->status = status;
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

octet_status cli_fail_memory(octet_error *err)
{
    return cli_fail(err, OCTET_NO_MEMORY, "out of memory");
}

void cli_complain(const octet_error *err)
{
    cli_progress_clear();
    fflush(stdout);
    fprintf(stderr, "octet: %s\n", err->message);
}

void cli_note(const char *format, ...)
{
    cli_progress_clear();
    fflush(stdout);
    va_list args;
    va_start(args, format);
    fputs("octet: note: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}
