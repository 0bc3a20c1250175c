#include "pool.h"
#include "../environment.h"
#include "../os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* spin_ns: about what it takes to wake a sleeping thread. Who waits spends as long on looking before it sleeps; yielding is a system call, and it looks some
 * times between two of them. */
enum { max_threads = 256, spin_ns = 50000, looks = 64, line_bytes = 64 };

/* What a worker has been told, and says. */
enum { IDLE, OFFERED /* the current job, which may be taken back */, BUSY, ENDED };

/* A thread of the pool, and its own share of a job, of which others take pieces when theirs is done. It is the same part of every job of a size: what of that is
 * in its processor's own caches is there for the next one. The first slot is the caller's, whoever that is. What a thread waits on, and takes its own pieces
 * from, is a line of its own: nobody queues for another's but to help. */
typedef struct slot {
    _Alignas(line_bytes) atomic_uint state;
    atomic_int is_asleep; /* or nearly */
    atomic_size_t next;   /* the first element that nobody has taken */
    size_t end;
    _Alignas(line_bytes) os_mutex mutex; /* held by its worker while that falls asleep */
    os_condition wake;
    os_thread thread;
} slot;

static struct pool {
    os_mutex users_mutex;
    os_mutex busy; /* held by the thread whose job the pool runs */
    slot slot[max_threads];
    struct {
        cpu_task *task;
        const void *context;
        size_t grain;
        unsigned shares;
    } job;
    os_mutex mutex; /* held by the job's thread while it falls asleep, on `done` */
    os_condition done;
    atomic_int is_awaited;            /* that thread is asleep, or nearly */
    unsigned users, workers, threads; /* threads: what a large job shall run on, the caller's included */
    unsigned long long spin_ns;
    unsigned long long ended; /* when the last job did */
} pool = {.users_mutex = OS_MUTEX_INIT, .busy = OS_MUTEX_INIT, .mutex = OS_MUTEX_INIT, .done = OS_CONDITION_INIT};

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

/* Take pieces until none is left: those of one's own share first, then the next ones'. */
static void work(unsigned own) {
    float_environment before = float_environment_enter();
    for (unsigned i = 0; i < pool.job.shares; i++) {
        slot *from = &pool.slot[(own + i) % pool.job.shares];
        while (atomic_load_explicit(&from->next, memory_order_relaxed) < from->end) {
            const size_t begin = atomic_fetch_add_explicit(&from->next, pool.job.grain, memory_order_relaxed);
            if (begin >= from->end) break;
            const size_t left = from->end - begin;
            pool.job.task(pool.job.context, begin, begin + (left < pool.job.grain ? left : pool.job.grain));
        }
    }
    float_environment_leave(before);
}

static void work_alone(cpu_task *task, const void *context, size_t count) {
    float_environment before = float_environment_enter();
    task(context, 0, count);
    float_environment_leave(before);
}

/* ---- A worker ---- */

static int join(slot *own) {
    unsigned state = OFFERED;
    return atomic_load(&own->state) == OFFERED && atomic_compare_exchange_strong(&own->state, &state, BUSY);
}

static void leave(slot *own) {
    atomic_store(&own->state, IDLE);
    if (!atomic_load(&pool.is_awaited)) return;
    os_mutex_lock(&pool.mutex); /* who is nearly asleep is so when this is had */
    os_mutex_unlock(&pool.mutex);
    os_condition_signal(&pool.done);
}

static int join_soon(slot *own) {
    const unsigned long long since = os_clock_ns();
    do {
        for (int look = 0; look < looks; look++, os_pause())
            if (join(own)) return 1;
        os_yield();
    } while (atomic_load(&own->state) != ENDED && os_clock_ns() - since < pool.spin_ns);
    return 0;
}

/* 0: the pool ends. */
static int join_asleep(slot *own) {
    int joined;
    os_mutex_lock(&own->mutex);
    atomic_store(&own->is_asleep, 1);
    while (!(joined = join(own)) && atomic_load(&own->state) != ENDED) os_condition_wait(&own->wake, &own->mutex);
    atomic_store(&own->is_asleep, 0);
    os_mutex_unlock(&own->mutex);
    return joined;
}

static void *serve(void *argument) {
    slot *own = argument;
    while (join_soon(own) || join_asleep(own)) {
        work((unsigned)(own - pool.slot));
        leave(own);
    }
    return NULL;
}

static void wake(slot *sleeper) {
    os_mutex_lock(&sleeper->mutex); /* who is nearly asleep is so when this is had */
    os_mutex_unlock(&sleeper->mutex);
    os_condition_signal(&sleeper->wake);
}

/* ---- All of them ---- */

/* In a forked child the threads are gone, and a lock may be held by one of them: begin again. Runs before the child has a second thread. */
static void begin_again(void) {
    const unsigned users = pool.users, threads = pool.threads;
    const unsigned long long spin = pool.spin_ns;
    memset(&pool, 0, sizeof pool);
    os_mutex_init(&pool.users_mutex);
    os_mutex_init(&pool.busy);
    os_mutex_init(&pool.mutex);
    os_condition_init(&pool.done);
    pool.users = users;
    pool.threads = threads;
    pool.spin_ns = spin;
}

static os_once fork_once = OS_ONCE_INIT;

static void watch_forks(void) { os_on_fork_child(begin_again); }

/* A thread that cannot be had is done without. */
static void start_workers(unsigned wanted) {
    while (pool.workers < wanted) {
        slot *next = &pool.slot[pool.workers + 1];
        atomic_store(&next->state, IDLE);
        os_mutex_init(&next->mutex);
        os_condition_init(&next->wake);
        if (!os_thread_start(&next->thread, serve, next)) return;
        pool.workers++;
    }
}

static void end_workers(void) {
    for (unsigned i = 1; i <= pool.workers; i++) {
        atomic_store(&pool.slot[i].state, ENDED);
        wake(&pool.slot[i]);
    }
    for (unsigned i = 1; i <= pool.workers; i++) os_thread_join(pool.slot[i].thread);
    pool.workers = 0;
}

/* ---- A job ---- */

/* Shares for as many threads as there are, or pieces. */
static void share_out(size_t count, size_t pieces) {
    const size_t shares = pieces <= pool.workers ? pieces : pool.workers + 1, grain = pool.job.grain;
    for (size_t i = 0; i < shares; i++) {
        const size_t begin = pieces * i / shares * grain, end = pieces * (i + 1) / shares * grain;
        atomic_store_explicit(&pool.slot[i].next, begin, memory_order_relaxed);
        pool.slot[i].end = end < count ? end : count;
    }
    pool.job.shares = (unsigned)shares;
}

/* How many threads are to be awake, for so many pieces: to wake one costs the caller some microseconds. One for each where jobs follow each other so soon that
 * who is awake for this one will be for the next; else one for four, since more would come too late for one of their own, and none for few. */
static size_t worth_waking(size_t pieces) {
    enum { few = 8 };
    return os_clock_ns() - pool.ended < pool.spin_ns ? pieces : pieces > few ? pieces / 4 : 0;
}

static void offer(size_t pieces) {
    size_t wanted = worth_waking(pieces);
    for (unsigned i = 1; i < pool.job.shares; i++) atomic_store_explicit(&pool.slot[i].state, OFFERED, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst); /* who falls asleep says so before it looks, for the last time */
    for (unsigned i = 1; i < pool.job.shares && wanted > 0; i++, wanted--)
        if (atomic_load(&pool.slot[i].is_asleep)) wake(&pool.slot[i]);
}

static int anybody_is_busy(void) {
    for (unsigned i = 1; i < pool.job.shares; i++)
        if (atomic_load(&pool.slot[i].state) == BUSY) return 1;
    return 0;
}

static int anybody_is_busy_for_long(void) {
    for (int look = 0; look < looks; look++, os_pause())
        if (!anybody_is_busy()) return 0;
    return 1;
}

/* Who has not begun by now comes too late, and is not waited for. */
static void take_back(void) {
    for (unsigned i = 1; i < pool.job.shares; i++) {
        unsigned state = OFFERED;
        if (atomic_load(&pool.slot[i].state) == OFFERED) atomic_compare_exchange_strong(&pool.slot[i].state, &state, IDLE);
    }
    for (unsigned long long since = os_clock_ns(); anybody_is_busy_for_long() && os_clock_ns() - since < pool.spin_ns;) os_yield();
    if (!anybody_is_busy()) return;
    os_mutex_lock(&pool.mutex);
    atomic_store(&pool.is_awaited, 1);
    while (anybody_is_busy()) os_condition_wait(&pool.done, &pool.mutex);
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
    if (--pool.users == 0) end_workers();
    os_mutex_unlock(&pool.users_mutex);
}

void cpu_pool_run(cpu_task *task, const void *context, size_t count, size_t grain) {
    if (count <= grain || pool.threads == 1 || !os_mutex_trylock(&pool.busy)) {
        work_alone(task, context, count);
        return;
    }
    const size_t pieces = (count - 1) / grain + 1;
    start_workers(pool.threads - 1);
    pool.job.task = task;
    pool.job.context = context;
    pool.job.grain = grain;
    share_out(count, pieces);
    offer(pieces);
    work(0);
    take_back();
    pool.ended = os_clock_ns();
    os_mutex_unlock(&pool.busy);
}
