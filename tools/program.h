/* program.h: what every program of ramp does the same way: its exit codes, its complaints, its lists and its words. */
#ifndef TOOLS_PROGRAM_H
#define TOOLS_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include <ramp/ramp.h>

enum { exit_done = 0, exit_wrong = 1, exit_usage = 2, exit_absent = 3 };

/* Set first thing in main: what complaints begin with. */
extern const char *program_name;

/* First of all: the name for messages; and a closed stdin, stdout or stderr becomes one that cannot be written, so that no file opened later takes its
 * number and gets what was meant for it. */
void program_begin(const char *name);

/* "ramp-bench: ..." and a line end, on stderr. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void program_say(const char *format, ...);

/* The same, then where to read more; returns exit_usage. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
int program_usage(const char *format, ...);

/* Hand `take` each option of the command line by its code, -h too, and complain of what is none. An exit code, take's or exit_usage; -1: go on. */
struct option; /* getopt.h */
int program_options(int argc, char **argv, const struct option *list, int (*take)(void *options, int code, const char *value),
                    void *options);

/* The next entry of an option's list, its spaces trimmed, in a buffer that the next call reuses; NULL at the end. An empty entry is "". */
const char *program_next_entry(const char **list, const char *separators);

/* Write out stdout; exit_wrong with a complaint where that failed (a full disk), else `code`. */
int program_finish(int code);

/* realloc for `count` elements; ends the program where there is no memory (of its own: tensors are never allocated so). */
void *program_resize(void *memory, size_t count, size_t size);

/* The exit code for a library status where a device was asked for: exit_usage for what does not parse, exit_absent for what cannot start.
 */
int program_exit_code(ramp_status status);

/* ramp_device_list into an array that the caller frees. */
ramp_status program_devices(const char *selector, ramp_device_info **list, size_t *count);

const char *program_version(void); /* of the library that is running: "0.1.0" */
const char *program_dtype(ramp_dtype dtype);
size_t program_dtype_size(ramp_dtype dtype);                /* bytes an element */
const char *program_type(ramp_device_type type);            /* "gpu", "cpu", "accelerator", "" */
const char *program_bytes(char text[16], uint64_t bytes);   /* "139.8 GiB" */
const char *program_dtypes(char text[48], uint32_t dtypes); /* "f32 f64" */

#endif
