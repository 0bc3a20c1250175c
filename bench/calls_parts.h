/* calls_parts.h: what a child does: measures one part of one device and writes its samples to standard output, for calls_child.c to read. */
#ifndef BENCH_CALLS_PARTS_H
#define BENCH_CALLS_PARTS_H

#include "calls.h"

/* What begins a line of a sample, "name<tab>value"; of a failure's words; of the words for what is not measured here; of the device that is measured. Drivers,
 * too, write to standard output. */
#define CALLS_SAMPLE  "ramp-calls: "
#define CALLS_FAILURE "ramp-calls! "
#define CALLS_ABSENT  "ramp-calls? "
#define CALLS_DEVICE  "ramp-calls= "

/* The names under which a steady call is timed, the same name in every unit and width. */
#define CALLS_RAMP      "ramp"
#define CALLS_BARE      "bare"
#define CALLS_ARGUMENTS "bare+arguments"
#define CALLS_ALONE     "no context"
#define CALLS_RAMP_OWN  "ramp, a queue each"
#define CALLS_BARE_OWN  "bare, a queue each"

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void calls_sample(double value, const char *name, ...);

/* A device's name and driver, in one line: into `text`, which is returned. */
enum { calls_identity_size = 400 };
const char *calls_identity(const ramp_device_info *info, char text[calls_identity_size]);

/* Tell which device was opened. 0, or -1: what ramp_last_error says. */
int calls_tell_device(const ramp_device *device);

/* The exit code of the child. */
int calls_part_run(const calls_options *o);

/* calls_starts.c */
int calls_part_first(const calls_options *o);
int calls_part_load(const calls_options *o);
int calls_failed(const char *words);
void calls_absent(const char *words);

#endif
