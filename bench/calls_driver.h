/* calls_driver.h: the driver without ramp: a queue that ramp wraps, and the barest work on it. Functions give 0, or -1 with the words in `reason`. */
#ifndef BENCH_CALLS_DRIVER_H
#define BENCH_CALLS_DRIVER_H

#include "calls.h"

/* A thread's memory: calls_elements floats each, the device's. */
typedef struct calls_memory {
    void *x, *dy, *y;
} calls_memory;

typedef struct calls_driver calls_driver;
struct calls_driver {
    const char *backend;           /* "cuda"; NULL: there is none, and ramp's call stands alone */
    int ordinal;                   /* as ramp_device_wrap wants it */
    void *queue;                   /* what ramp wraps */
    void *own[calls_most_threads]; /* a queue a thread, of the same kind, once queues() was called */
    int has_arguments;             /* there is launch_arguments: the arguments are set by calls of their own */
    int has_contexts;              /* a thread has a context current, or not */
    char reason[512];

    int (*queues)(calls_driver *d, int threads);
    int (*launch)(calls_driver *d, void *queue, int thread, bench_pass pass, const calls_memory *memory);
    int (*launch_arguments)(calls_driver *d, void *queue, int thread, bench_pass pass, const calls_memory *memory);
    int (*make_current)(calls_driver *d, int is_current); /* of the calling thread */
    int (*wait)(calls_driver *d);                         /* until the queues are empty */

    /* Capture `nodes` calls of `call` into a graph, or where that is NULL copies of x to y; then the microseconds that a replay takes, a node. */
    int (*graph_make)(calls_driver *d, int nodes, int (*call)(void *context), void *context, const calls_memory *memory, void **graph);
    int (*graph_run)(calls_driver *d, void *graph, int nodes, double *microseconds);
    void (*graph_free)(calls_driver *d, void *graph);
    void (*close)(calls_driver *d);
};

/* The driver of this device. A CPU has none. */
int calls_driver_open(calls_driver *d, const ramp_device_info *info);

/* The context alone, as the driver makes it: in milliseconds. */
int calls_cuda_context(const ramp_device_info *info, double *milliseconds, char reason[512]);

int calls_cuda_open(calls_driver *d, const ramp_device_info *info);
int calls_opencl_open(calls_driver *d, const ramp_device_info *info);

#endif
