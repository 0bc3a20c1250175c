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
    const char *among; /* the words that text may be, "f32|f64"; NULL: any */
    uint64_t *number;
} argument;

/* 1; or 0, after a sentence on stderr: an argument that is not in the list, has no value, or one that is not as it must be. */
int arguments_parse(int argc, char **argv, const argument *list, size_t count);

/* 1: text is a whole number below 2^64, and *number is it. */
int arguments_number(const char *text, uint64_t *number);

/* The beginning of a command that does the same work again: those variables that are set by which the library chooses its kernels or divides its work,
 * and the program that arguments_parse was called in. */
const char *arguments_again(void);

#endif
