/*
 * cuda_device.h: an open CUDA device, and the slots of the table that launch.c fills.
 */
#ifndef RAMP_CUDA_DEVICE_H
#define RAMP_CUDA_DEVICE_H

#include "program.h"

/* Never changed after it is made: any thread may read it. */
typedef struct cuda_device {
    cuda_program *program;
    CUstream stream; /* own (non-blocking) or the caller's */
    int wrapped;     /* 1: the stream is the caller's: never destroyed, nor waited for in close */
} cuda_device;

/* Where a call runs: the caller's stream verbatim (0: the legacy one), else the device's. */
static inline CUstream cuda_stream(const cuda_device *device, const ramp_submit *on) { return on != NULL ? on->queue : device->stream; }

ramp_status cuda_prepare(void *self, ramp_op_id op, ramp_dtype dtype);
ramp_status cuda_launch(void *self, const ramp_job *job);
void cuda_describe_job(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait);
ramp_status cuda_roof(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b);

/* host.c */
ramp_status cuda_queue_create(void *self, void **queue);
void cuda_queue_destroy(void *self, void *queue);
ramp_status cuda_queue_upload(void *self, void *queue, void *data, const void *src, size_t bytes);
ramp_status cuda_queue_download(void *self, void *queue, void *dst, const void *data, size_t bytes);
ramp_status cuda_queue_wait(void *self, void *queue);
ramp_status cuda_host_alloc(void *self, size_t bytes, void **data);
void cuda_host_release(void *self, void *data);
ramp_status cuda_host_look(void *self, const void *data, int *is_pinned);

#endif
