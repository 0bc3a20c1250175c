/* arguments.h: the command line of a test program: what is documented at the head of its file. */
#ifndef RAMP_TESTS_ARGUMENTS_H
#define RAMP_TESTS_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

/* Members that are not NULL are set where --<name> is given: the flag to 1, one of the others to the value that follows. */
typedef struct argument {
    const char *name;
    int *flag;
    const char **text;
    uint64_t *number;
} argument;

/* 1; or 0, after a sentence on stderr: an argument that is not in the list, has no value, or one that is no whole number. */
int arguments_parse(int argc, char **argv, const argument *list, size_t count);

#endif
