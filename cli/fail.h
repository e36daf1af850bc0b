/* How the tool speaks of errors: functions fill an octet_error, main prints it as one sentence behind "octet: ".
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FAIL_H
#define CLI_FAIL_H

#include <octet/status.h>

#if defined(__GNUC__)
#define CLI_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define CLI_PRINTF(fmt, first)
#endif

/* Store status and message in *err and return the status. */
octet_status cli_fail(octet_error *err, octet_status status, const char *format, ...) CLI_PRINTF(3, 4);

octet_status cli_fail_memory(octet_error *err);

/* "octet: <message>" on stderr. */
void cli_complain(const octet_error *err);

/* "octet: note: <message>" on stderr: something the user should know that is no error. */
void cli_note(const char *format, ...) CLI_PRINTF(1, 2);

/* Return from the calling function if `call` fails. */
#define CLI_TRY(call)                          \
    do {                                       \
        octet_status cli_try_status_ = (call); \
        if (cli_try_status_ != OCTET_OK)       \
            return cli_try_status_;            \
    } while (0)

#endif
