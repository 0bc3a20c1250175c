#include "pool.h"
#include "../environment.h"
#include "../os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* spin_ns: about what it takes to wake a sleeping thread. Who waits spends as long on looking before it sleeps. */
enum { max_threads = 256, spin_ns = 50000 };

/* What `gate` holds: whether the current job may be joined, and how many workers are in it. */
enum { gate_open = 1 << 16 };

typedef struct job {
    cpu_task *task;
    const void *context;
    size_t count, grain;
    atomic_size_t next; /* the first element that nobody has taken */
} job;

static struct pool {
    os_mutex users_mutex;
    os_mutex busy;                    /* held by the thread whose job the pool runs */
    job *current;                     /* what the gate leads to */
    atomic_uint gate, round;          /* round: counts jobs, so that a worker joins each once */
    os_mutex mutex;                   /* held by who falls asleep */
    os_condition work, done;          /* what workers, and the thread whose job it is, sleep on */
    atomic_uint sleepers;             /* workers that are asleep, or nearly */
    atomic_int is_awaited, stop;      /* is_awaited: that thread is asleep */
    unsigned users, workers, threads; /* threads: what a large job shall run on, the caller's included */
    unsigned long long spin_ns;
    unsigned long long ended; /* when the last job did */
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

/* Into the current job, if its gate is open and this worker has not been in it. */
static int join(unsigned *seen) {
    unsigned gate = atomic_load(&pool.gate);
    while ((gate & gate_open) != 0 && atomic_load(&pool.round) != *seen) {
        if (!atomic_compare_exchange_weak(&pool.gate, &gate, gate + 1)) continue;
        *seen = atomic_load(&pool.round);
        return 1;
    }
    return 0;
}

static void leave(void) {
    if (atomic_fetch_sub(&pool.gate, 1) != 1 || !atomic_load(&pool.is_awaited)) return;
    os_mutex_lock(&pool.mutex);
    os_mutex_unlock(&pool.mutex);
    os_condition_signal(&pool.done);
}

static int join_soon(unsigned *seen) {
    const unsigned long long since = os_clock_ns();
    do {
        if (join(seen)) return 1;
        os_yield();
    } while (!atomic_load(&pool.stop) && os_clock_ns() - since < pool.spin_ns);
    return 0;
}

/* 0: the pool ends. */
static int join_asleep(unsigned *seen) {
    int joined;
    os_mutex_lock(&pool.mutex);
    atomic_fetch_add(&pool.sleepers, 1);
    while (!(joined = join(seen)) && !atomic_load(&pool.stop)) os_condition_wait(&pool.work, &pool.mutex);
    atomic_fetch_sub(&pool.sleepers, 1);
    os_mutex_unlock(&pool.mutex);
    return joined;
}

static void *worker(void *unused) {
    (void)unused;
    unsigned seen = 0;
    while (join_soon(&seen) || join_asleep(&seen)) {
        work_on(pool.current);
        leave();
    }
    return NULL;
}

/* In a forked child the threads are gone, and a lock may be held by one of them: begin again. Runs before the child has a second thread. */
static void begin_again(void) {
    const unsigned users = pool.users, threads = pool.threads;
    const unsigned long long spin = pool.spin_ns;
    memset(&pool, 0, sizeof pool);
    os_mutex_init(&pool.mutex);
    os_mutex_init(&pool.users_mutex);
    os_mutex_init(&pool.busy);
    os_condition_init(&pool.work);
    os_condition_init(&pool.done);
    pool.users = users;
    pool.threads = threads;
    pool.spin_ns = spin;
}

static os_once fork_once = OS_ONCE_INIT;

static void watch_forks(void) { os_on_fork_child(begin_again); }

/* A thread that cannot be had is done without. */
static void start_workers(unsigned wanted) {
    while (pool.workers < wanted && os_thread_start(&pool.thread[pool.workers], worker, NULL)) pool.workers++;
}

/* So many of them, as far as there are, those that are not asleep first. */
static void wake_workers(size_t wanted) {
    const unsigned asleep = atomic_load(&pool.sleepers), awake = pool.workers > asleep ? pool.workers - asleep : 0;
    if (asleep == 0 || wanted <= awake) return;
    os_mutex_lock(&pool.mutex); /* who counts as asleep is so when this is had */
    os_mutex_unlock(&pool.mutex);
    if (wanted - awake >= asleep)
        os_condition_signal_all(&pool.work);
    else
        for (size_t i = awake; i < wanted; i++) os_condition_signal(&pool.work);
}

/* How many, for so many pieces: each costs the caller some microseconds. One for two pieces, since more would come too late for one of their own; none for few
 * pieces, but where jobs follow each other so soon that who is awake for this one will be for the next. */
static size_t worth_waking(size_t pieces) {
    enum { few = 8 };
    return pieces > few || os_clock_ns() - pool.ended < pool.spin_ns ? pieces / 2 : 0;
}

static void wait_for_workers(void) {
    for (unsigned long long since = os_clock_ns(); atomic_load(&pool.gate) != 0 && os_clock_ns() - since < pool.spin_ns;) os_yield();
    if (atomic_load(&pool.gate) == 0) return;
    os_mutex_lock(&pool.mutex);
    atomic_store(&pool.is_awaited, 1);
    while (atomic_load(&pool.gate) != 0) os_condition_wait(&pool.done, &pool.mutex);
    atomic_store(&pool.is_awaited, 0);
    os_mutex_unlock(&pool.mutex);
}

int cpu_pool_retain(char *reason, size_t capacity) {
    const unsigned threads = wanted_threads(reason, capacity);
    if (threads == 0) return 0;
    os_call_once(&fork_once, watch_forks);
    os_mutex_lock(&pool.users_mutex);
    if (pool.users++ == 0) {
        pool.threads = threads;
        pool.spin_ns = threads <= os_processor_count() ? spin_ns : 0; /* or it would keep others from work */
    }
    os_mutex_unlock(&pool.users_mutex);
    return 1;
}

void cpu_pool_release(void) {
    os_mutex_lock(&pool.users_mutex);
    if (--pool.users == 0 && pool.workers > 0) {
        atomic_store(&pool.stop, 1);
        wake_workers(pool.workers);
        for (unsigned i = 0; i < pool.workers; i++) os_thread_join(pool.thread[i]);
        pool.workers = 0;
        atomic_store(&pool.stop, 0);
    }
    os_mutex_unlock(&pool.users_mutex);
}

void cpu_pool_run(cpu_task *task, const void *context, size_t count, size_t grain) {
    job j = {.task = task, .context = context, .count = count, .grain = grain};
    atomic_init(&j.next, 0);
    if (count <= grain || pool.threads == 1 || !os_mutex_trylock(&pool.busy)) {
        work_on(&j);
        return;
    }
    start_workers(pool.threads - 1);
    pool.current = &j;
    atomic_fetch_add(&pool.round, 1);
    atomic_store(&pool.gate, gate_open);
    wake_workers(worth_waking((count - 1) / grain + 1));
    work_on(&j);
    atomic_fetch_sub(&pool.gate, gate_open); /* who is not in it by now comes too late, and is not waited for */
    wait_for_workers();
    pool.ended = os_clock_ns();
    os_mutex_unlock(&pool.busy);
}
