/* calls_desk.h: a device with what its calls need, in a child; and threads that call at once. */
#ifndef BENCH_CALLS_DESK_H
#define BENCH_CALLS_DESK_H

#include "calls_driver.h"

typedef struct calls_desk {
    ramp_device_info info;
    calls_driver driver; /* NULL backend: none */
    ramp_device *device;
    ramp_op op;
    int threads;
    calls_memory memory[calls_most_threads];
    ramp_tensor x[calls_most_threads], dy[calls_most_threads], y[calls_most_threads];
    char reason[1024];
} calls_desk;

/* Open ramp's device: around a queue of the bare driver's, or (is_own) its own. Memory for so many threads. 0, or -1 with the reason. */
int calls_desk_open(calls_desk *desk, const calls_options *o, int threads, int is_own);
void calls_desk_close(calls_desk *desk);

/* One call of ramp, on the device's queue, or (own) the thread's. 0, or -1 with the reason. */
int calls_desk_call(calls_desk *desk, int thread, bench_pass pass, int own);

/* Wait for the queues. */
int calls_desk_wait(calls_desk *desk);

/* What one thread of a crew does: `times` calls of whatever kind. 0, or -1 with the words in `reason`. */
typedef int (*calls_task)(calls_desk *desk, int thread, const void *what, char reason[1024]);

/* Threads that sleep until there is something to do. Number 0 of a crew of one is the caller. */
typedef struct calls_crew calls_crew;
calls_crew *calls_crew_new(calls_desk *desk, int threads); /* NULL: a thread could not be started */
void calls_crew_free(calls_crew *crew);

/* Each thread prepares, by `before` (NULL: nothing), and when all have, does the task. Nanoseconds from the first one's begin to the last one's end; -1: failed, and
 * the desk has the reason. */
double calls_crew_run(calls_crew *crew, calls_task before, calls_task task, const void *what);

#endif
