/* options.h: the command line of ramp-check. */
#ifndef CHECK_OPTIONS_H
#define CHECK_OPTIONS_H

#include "session.h"

typedef struct check_options {
    char **backend; /* selectors as given, one device each; none: every device that is ready */
    size_t backends;
    char **op; /* "all", names, and ops with parameters, each known to parse */
    size_t ops;
    int pass[check_passes];
    ramp_dtype dtype[choices_dtypes];
    size_t dtypes;
    const char *json; /* a file, "-", or NULL */
    int full, list, quiet;
} check_options;

/* -1: go on with the options; else the exit code to end with, all having been said. */
int options_parse(int argc, char **argv, check_options *o);
void options_free(check_options *o);

/* The text of --help. */
extern const char *const check_help[]; /* its pieces, and NULL */

#endif
