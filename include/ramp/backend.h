/*
 * ramp/backend.h: what a backend implements, and what it may rely on.
 *
 * A backend is one const table. The entry points in src/ validate every argument, canonicalise the tensors and then call a slot, so a
 * backend is only ever handed a job that is right: it asserts, it does not check again. A slot that fails says why by `return
 * ramp_error_set(status, "...")`. Every slot may be called from any thread, and from several at once on one device, unless its comment says
 * otherwise.
 */
#ifndef RAMP_BACKEND_H
#define RAMP_BACKEND_H

#include "ramp.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RAMP_BACKEND_ABI 1u

#define RAMP_FEATURE_QUEUES  1u /* ramp_submit.queue means something here */
#define RAMP_FEATURE_WAITS   2u /* ramp_submit.wait and .done do */
#define RAMP_FEATURE_NO_FORK 4u /* a device opened before a fork() cannot be used in the child: the entry points refuse it there */

typedef enum ramp_pass { RAMP_FORWARD, RAMP_BACKWARD } ramp_pass;

/* One operand of a job. Element i of a flat run lies at data + byte_offset + i * sizeof(element). */
typedef struct ramp_operand {
    void *data;
    uint64_t byte_offset;
    int64_t strides[RAMP_MAX_DIMS]; /* in elements, for the job's dimensions */
} ramp_operand;

/* One call, validated and canonicalised: dimensions of size 1 are gone, neighbours that are contiguous in every operand are one. In this
 * version ndim is 1 (0 where count is 0 or 1) with stride 1 in every operand: one flat run. */
typedef struct ramp_job {
    ramp_op_id op;
    double
        param[RAMP_MAX_PARAMS]; /* all that the op has, defaults filled in, rounded to the compute type; launch runs in round to nearest */
    int variant; /* which of the op's formulas fits the parameters: kernels/variants.h. A backend with formulas of its own need not read it
                  */
    ramp_pass pass;
    ramp_saved saved; /* backward: what `x` is */
    ramp_dtype dtype; /* of every operand; f16 and bf16 compute in float */
    uint64_t count;   /* elements; 0: touch no memory, but wait and signal as `on` says */
    int32_t ndim;
    int64_t shape[RAMP_MAX_DIMS];
    ramp_operand x;  /* forward: the input; backward: the saved tensor */
    ramp_operand dy; /* backward only */
    ramp_operand y;  /* the output: y, or dx */
    int own_queue;   /* 1: the device's own (or wrapped) queue, and `on` is all zero; 0: `on` says which */
    ramp_submit on;
} ramp_job;

/* Where memory lies: two ranges overlap only if they share `space` and their addresses meet. */
typedef struct ramp_extent {
    const void *space; /* whatever tells address spaces (OpenCL: root buffers) apart */
    uint64_t address;  /* of the first byte, in that space; its alignment is the real one */
    uint64_t bytes;    /* how many belong to it; UINT64_MAX where that is not known */
} ramp_extent;

struct ramp_backend {
    uint32_t abi;      /* RAMP_BACKEND_ABI: first for ever */
    const char *name;  /* lower-case letters and digits: the selector's word */
    uint32_t features; /* RAMP_FEATURE_x */

    /* Write at most `capacity` devices to `list` and the number there are to *count, in the order that ordinals count. selector and reason
     * may be left empty: the registry fills them. A device that cannot be used has its status and reason; one with UNSUPPORTED is offered to
     * open all the same where a selector gives its index or name. The first call may start the driver. UNAVAILABLE with the driver's words:
     * there is no driver, or no device at all. */
    ramp_status (*list)(ramp_device_info *list, size_t capacity, size_t *count);

    /* Open device `ordinal` of the list, with a queue of its own. *self is the backend's until close. UNAVAILABLE, UNSUPPORTED: the device
     * lacks what the results need. MEMORY, DEVICE. */
    ramp_status (*open)(int ordinal, void **self);

    /* Open around the caller's queue. NULL slot: the backend has no queues. ARGUMENT: no such queue or ordinal. UNAVAILABLE, MEMORY,
     * DEVICE. */
    ramp_status (*wrap)(int ordinal, void *native, void **self);

    /* Wait for an own queue, not for a wrapped one; let go of all. Never called in a forked child of a NO_FORK backend. */
    void (*close)(void *self);

    /* The row that list gives for this device, now with RAMP_OK; what it lacks is still in the reason. Cannot fail. */
    void (*describe)(void *self, ramp_device_info *info);

    /* RAMP_OK or UNSUPPORTED: no job of that op and dtype will come. The op is valid; dtype is f32, f64, f16 or bf16. */
    ramp_status (*supports)(void *self, ramp_op_id op, ramp_dtype dtype);

    /* Load or compile all kernels of this op and dtype. May block. MEMORY, DEVICE. */
    ramp_status (*prepare)(void *self, ramp_op_id op, ramp_dtype dtype);

    /* Queue one job. Does not wait for it, does not allocate after the first of its kind. MEMORY, DEVICE. */
    ramp_status (*launch)(void *self, const ramp_job *job);

    /* Wait for the device's queue. DEVICE: also for work that failed since the last call. */
    ramp_status (*synchronize)(void *self);

    /* Memory. bytes > 0 in each. alloc: MEMORY, DEVICE. upload, download: after the queued work; wait; ARGUMENT past the end where that is
     * known. */
    ramp_status (*alloc)(void *self, size_t bytes, void **data);
    void (*release)(void *self, void *data);
    ramp_status (*upload)(void *self, void *data, size_t offset, const void *src, size_t bytes);
    ramp_status (*download)(void *self, void *dst, const void *data, size_t offset, size_t bytes);

    /* Say where `data` lies. NULL slot: `data` is an address, all in one space, of unknown size. ARGUMENT: not memory of this device. */
    ramp_status (*locate)(void *self, const void *data, ramp_extent *extent);

    /* Events. `on` is NULL for the device's own queue. create: MEMORY, DEVICE. The others: as ramp.h says. */
    ramp_status (*event_create)(void *self, void **event);
    ramp_status (*event_record)(void *self, void *event, const ramp_submit *on);
    ramp_status (*event_wait)(void *self, void *event);
    ramp_status (*event_elapsed)(void *self, void *start, void *stop, double *milliseconds);
    void (*event_destroy)(void *self, void *event);

    /* Queue a roof. NULL slot: the backend has none. UNSUPPORTED, DEVICE. */
    ramp_status (*roof)(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b);
};

/* Set this thread's error sentence and return `status`: for backends. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
RAMP_API ramp_status
ramp_error_set(ramp_status status, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
