/* verbose.h: RAMP_VERBOSE=2: a line a call, on stderr. */
#ifndef RAMP_VERBOSE_H
#define RAMP_VERBOSE_H

#include <ramp/backend.h>

/* What RAMP_VERBOSE asks for: 0 nothing, 1 which device was opened, 2 the calls too. */
int verbose_level(void);

/* Say once a process what the lines' fields are. */
void verbose_begin(void);

/* Launch the job, and print it with the device's time, for which it waits where it may. */
ramp_status verbose_launch(const ramp_backend *backend, void *self, const ramp_device_info *info, const ramp_job *job);

/* Print a job over the host's arrays that took so long by the host's clock. */
void verbose_host(const ramp_device_info *info, const ramp_job *job, unsigned long long nanoseconds);

#endif
