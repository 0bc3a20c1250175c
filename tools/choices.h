/* choices.h: what ramp-bench, ramp-calls and ramp-check let their user choose alike: names from a list, the dtypes, and how an op is refused. */
#ifndef TOOLS_CHOICES_H
#define TOOLS_CHOICES_H

#include <ramp/ramp.h>

enum { choices_dtypes = RAMP_BF16 - RAMP_F32 + 1 };

/* The value of an option that chooses among `count` names: sets chosen[] of each named. -1, or with a complaint the exit code. */
int choices_add_names(const char *option, const char *list, const char *const *name, int count, int *chosen);

/* The value of --backend: appends each selector, a copy of its own, up to `most`. The same. */
int choices_add_backends(const char *list, char ***backend, size_t *count, size_t most);

/* The value of --dtype: appends each named that is not there yet. The same. */
int choices_add_dtypes(const char *list, ramp_dtype dtype[choices_dtypes], size_t *count);

/* The value of --op: hands `add` each op that it names, with the entry as it was written; "all" is every op, by its name. The same. */
int choices_add_ops(const char *list, void (*add)(void *options, const char *entry, const ramp_op *op), void *options);

/* Complain of an op, whose words are `text`, whose parameters are right as they were written and wrong once they are rounded to what one of the dtypes
 * computes in. -1, or exit_usage. */
int choices_check_op(const ramp_device *device, const ramp_op *op, const char *text, const ramp_dtype *dtype, size_t dtypes);

#endif
