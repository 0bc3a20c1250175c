/* pool.h: the threads that all CPU devices of a process share. */
#ifndef RAMP_CPU_POOL_H
#define RAMP_CPU_POOL_H

#include <stddef.h>

/* Do elements begin to end - 1 of a task. Runs in the results' floating-point environment. */
typedef void cpu_task(const void *context, size_t begin, size_t end);

/* One more, or one less, user of the pool. The threads start with the first large job and end with the last user; a job runs on
 * RAMP_NUM_THREADS of them, read by the first user, else on as many as there are processors that the process may use. retain gives 0, and takes nothing,
 * where that variable is no number that is allowed: then the reason quotes it. */
int cpu_pool_retain(char *reason, size_t capacity);
void cpu_pool_release(void);

/* Whether retain would take it now, else the reason. */
int cpu_pool_is_ready(char *reason, size_t capacity);

/* Run the task over 0 to count - 1 and wait. Pieces start at multiples of `grain`; a job of one grain, and one that finds the pool busy
 * with another thread's job, runs on the calling thread alone. */
void cpu_pool_run(cpu_task *task, const void *context, size_t count, size_t grain);

/* Threads that a large job runs on, the caller's included, while there is a user. */
unsigned cpu_pool_threads(void);

#endif
