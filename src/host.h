/* host.h: arrays of the host's, passed through a device in pieces: ramp_forward_host and ramp_backward_host. */
#ifndef RAMP_HOST_H
#define RAMP_HOST_H

#include <ramp/backend.h>

/* What a device keeps from one such call to the next: queues, buffers, staging memory. Nothing until the first. NULL: no memory for it. */
typedef struct host_stage host_stage;
host_stage *host_stage_new(const ramp_backend *backend, void *self);

/* Takes NULL. `is_forked`: the driver must not be touched. */
void host_stage_free(host_stage *stage, int is_forked);

/* Read RAMP_HOST_CHUNK, unless that has been done. From any thread. ARGUMENT. */
ramp_status host_find_chunk(host_stage *stage);

/* Do the job, whose operands are flat and lie in the host's memory, and wait. One at a time: a second caller waits for the first. ARGUMENT (RAMP_HOST_CHUNK,
 * memory of a device), MEMORY, DEVICE. */
ramp_status host_run(host_stage *stage, const ramp_job *job);

#endif
