#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

typedef struct loop {
    size_t count;
    atomic_size_t next;
    void (*work)(void *context, unsigned worker, size_t from, size_t to);
    void *context;
} loop;

typedef struct worker {
    loop *what;
    unsigned number;
} worker;

unsigned parallel_workers(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
#if defined(CPU_COUNT)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) count = CPU_COUNT(&set);
#endif
    return count < 1 ? 1 : count > parallel_most ? parallel_most : (unsigned)count;
}

static void *run(void *argument) {
    const worker *w = argument;
    loop *l = w->what;
    for (size_t from; (from = atomic_fetch_add(&l->next, parallel_piece)) < l->count;)
        l->work(l->context, w->number, from, l->count - from < parallel_piece ? l->count : from + parallel_piece);
    return NULL;
}

void parallel_run(unsigned workers, size_t count, void (*work)(void *, unsigned, size_t, size_t), void *context) {
    loop l = {.count = count, .work = work, .context = context};
    pthread_t thread[parallel_most];
    worker w[parallel_most];
    unsigned started = 0;
    if (workers > parallel_most) workers = parallel_most;
    if (workers > count / parallel_piece) workers = (unsigned)(count / parallel_piece);
    for (unsigned i = 1; i < workers; i++) {
        w[i] = (worker){&l, i};
        if (pthread_create(&thread[i], NULL, run, &w[i]) != 0) break;
        started = i;
    }
    w[0] = (worker){&l, 0};
    run(&w[0]);
    for (unsigned i = 1; i <= started; i++) pthread_join(thread[i], NULL);
}
