/* choices.h: what ramp-bench and ramp-check let their user choose alike: the passes, the dtypes, and how an op is refused. */
#ifndef TOOLS_CHOICES_H
#define TOOLS_CHOICES_H

#include <ramp/ramp.h>

typedef enum choices_pass { PASS_FORWARD, PASS_BACKWARD, choices_passes } choices_pass;

enum { choices_dtypes = RAMP_BF16 - RAMP_F32 + 1 };

const char *choices_pass_name(choices_pass pass); /* "forward", "backward" */

/* The value of --pass: sets pass[] of each named. -1, or with a complaint the exit code. */
int choices_add_passes(const char *list, int pass[choices_passes]);

/* The value of --dtype: appends each named that is not there yet. The same. */
int choices_add_dtypes(const char *list, ramp_dtype dtype[choices_dtypes], size_t *count);

/* Complain of an entry of --op that ramp_op_parse has just refused; returns exit_usage. */
int choices_bad_op(const char *entry);

#endif
