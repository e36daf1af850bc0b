/* Status codes and the error object that every fallible Octet function fills.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTET_STATUS_H
#define OCTET_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(OCTET_STATIC)
#define OCTET_API __attribute__((visibility("default")))
#else
#define OCTET_API
#endif

/* 0 is success. The command line tool exits with these values. */
typedef enum octet_status {
    OCTET_OK = 0,
    OCTET_CHECK_FAILED = 1, /* a proof or comparison did not hold */
    OCTET_USAGE = 2,        /* a wrong argument */
    OCTET_BAD_INPUT = 3,    /* a file that is missing, damaged or not what it claims to be */
    OCTET_UNSUPPORTED = 4,  /* valid, but outside what Octet does; the message names node and reason */
    OCTET_NO_MEMORY = 5     /* an allocation failed or would exceed a limit */
} octet_status;

/* What went wrong. Owned by the caller; every function that takes one accepts NULL.
 * `message` is one sentence without a final newline; a list of refused nodes has one line each. */
typedef struct octet_error {
    octet_status status;
    char message[4096];
} octet_error;

/* "ok", "check failed", ...: never NULL, static storage. */
OCTET_API const char *octet_status_name(octet_status status);

#ifdef __cplusplus
}
#endif
#endif
