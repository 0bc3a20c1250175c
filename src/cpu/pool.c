#include "pool.h"
#include "../environment.h"
#include "../os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { max_threads = 256 };

typedef struct job {
    cpu_task *task;
    const void *context;
    size_t count, grain;
    atomic_size_t next; /* the first element that nobody has taken */
} job;

static struct pool {
    os_mutex mutex; /* guards all but `current`'s contents */
    os_mutex users_mutex;
    os_mutex busy; /* held by the thread whose job the pool runs */
    os_condition work, done;
    job *current;
    unsigned round;                   /* counts jobs, so that a worker takes each once */
    unsigned running;                 /* workers that have not finished the current job */
    unsigned users, workers, threads; /* threads: what a large job shall run on, the caller's included */
    int stop;
    os_thread thread[max_threads];
} pool = {
    .mutex = OS_MUTEX_INIT, .users_mutex = OS_MUTEX_INIT, .busy = OS_MUTEX_INIT, .work = OS_CONDITION_INIT, .done = OS_CONDITION_INIT};

/* How many threads RAMP_NUM_THREADS asks for: unset or empty, one a processor. 0: it asks for what there cannot be, and the reason says so. */
static unsigned wanted_threads(char *reason, size_t capacity) {
    const char *text = os_getenv("RAMP_NUM_THREADS");
    unsigned count = os_processor_count();
    if (text == NULL || *text == '\0') return count < max_threads ? count : max_threads;
    if (strspn(text, "0123456789") == strlen(text)) {
        unsigned long wanted = strtoul(text, NULL, 10); /* the largest there is where it is larger */
        if (wanted >= 1 && wanted <= max_threads) return (unsigned)wanted;
    }
    snprintf(reason, capacity,
             "RAMP_NUM_THREADS is '%.40s': write a whole number from 1 to %d, or unset it for one thread a processor (%u here)", text,
             max_threads, count);
    return 0;
}

int cpu_pool_is_ready(char *reason, size_t capacity) { return wanted_threads(reason, capacity) > 0; }

unsigned cpu_pool_threads(void) { return pool.threads; }

/* Take pieces until none is left. */
static void work_on(job *j) {
    float_environment before = float_environment_enter();
    for (;;) {
        size_t begin = atomic_fetch_add_explicit(&j->next, j->grain, memory_order_relaxed);
        if (begin >= j->count) break;
        size_t left = j->count - begin;
        j->task(j->context, begin, begin + (left < j->grain ? left : j->grain));
    }
    float_environment_leave(before);
}

static void *worker(void *unused) {
    (void)unused;
    os_mutex_lock(&pool.mutex);
    unsigned seen = 0;
    for (;;) {
        while (!pool.stop && (pool.current == NULL || pool.round == seen)) os_condition_wait(&pool.work, &pool.mutex);
        if (pool.stop) break;
        seen = pool.round;
        job *j = pool.current;
        os_mutex_unlock(&pool.mutex);
        work_on(j);
        os_mutex_lock(&pool.mutex);
        if (--pool.running == 0) os_condition_signal_all(&pool.done);
    }
    os_mutex_unlock(&pool.mutex);
    return NULL;
}

/* In a forked child the threads are gone, and a lock may be held by one of them: begin again. Runs before the child has a second thread. */
static void begin_again(void) {
    unsigned users = pool.users, threads = pool.threads;
    memset(&pool, 0, sizeof pool);
    os_mutex_init(&pool.mutex);
    os_mutex_init(&pool.users_mutex);
    os_mutex_init(&pool.busy);
    os_condition_init(&pool.work);
    os_condition_init(&pool.done);
    pool.users = users;
    pool.threads = threads;
}

static os_once fork_once = OS_ONCE_INIT;

static void watch_forks(void) { os_on_fork_child(begin_again); }

/* A thread that cannot be had is done without. */
static void start_workers(unsigned wanted) {
    while (pool.workers < wanted && os_thread_start(&pool.thread[pool.workers], worker, NULL)) pool.workers++;
}

int cpu_pool_retain(char *reason, size_t capacity) {
    const unsigned threads = wanted_threads(reason, capacity);
    if (threads == 0) return 0;
    os_call_once(&fork_once, watch_forks);
    os_mutex_lock(&pool.users_mutex);
    if (pool.users++ == 0) pool.threads = threads;
    os_mutex_unlock(&pool.users_mutex);
    return 1;
}

void cpu_pool_release(void) {
    os_mutex_lock(&pool.users_mutex);
    if (--pool.users == 0 && pool.workers > 0) {
        os_mutex_lock(&pool.mutex);
        pool.stop = 1;
        os_condition_signal_all(&pool.work);
        os_mutex_unlock(&pool.mutex);
        for (unsigned i = 0; i < pool.workers; i++) os_thread_join(pool.thread[i]);
        pool.workers = 0;
        pool.stop = 0;
    }
    os_mutex_unlock(&pool.users_mutex);
}

void cpu_pool_run(cpu_task *task, const void *context, size_t count, size_t grain) {
    job j = {.task = task, .context = context, .count = count, .grain = grain};
    atomic_init(&j.next, 0);
    if (count <= grain || !os_mutex_trylock(&pool.busy)) {
        work_on(&j);
        return;
    }
    start_workers(pool.threads - 1);
    os_mutex_lock(&pool.mutex);
    pool.current = &j;
    pool.round++;
    pool.running = pool.workers;
    os_condition_signal_all(&pool.work);
    os_mutex_unlock(&pool.mutex);
    work_on(&j);
    os_mutex_lock(&pool.mutex);
    while (pool.running > 0) os_condition_wait(&pool.done, &pool.mutex);
    pool.current = NULL;
    os_mutex_unlock(&pool.mutex);
    os_mutex_unlock(&pool.busy);
}
