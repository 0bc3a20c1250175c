#include "ahead.h"
#include "lane.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ahead_count = 64, ahead_forms = 4 };

static struct {
    pthread_t thread;
    int is_running;
    atomic_int is_over;
    const check_session *s;
    check_lane lane[check_max_lanes]; /* the session's devices, with buffers of their own */
} ahead;

static void run_once(const check_lane *lane, const check_subject *what) {
    static unsigned char zeros[ahead_count * 8], result[ahead_count * 8], mask[ahead_count / 8];
    const check_batch b = {.n = ahead_count, .x = zeros, .dy = zeros, .y = zeros, .mask = zeros};
    if (lane->y == NULL || what->is_mixed || ramp_device_supports(lane->device, &what->op, what->dtype) != RAMP_OK) return;
    for (unsigned form = 0; form < ahead_forms; form++) (void)lane_run(lane, &what->op, what->dtype, what->pass, form, &b, result, mask);
}

static void *work(void *argument) {
    const check_session *s = ahead.s;
    (void)argument;
    for (size_t i = 0; i < s->subjects; i++)
        for (size_t l = 1; l < s->lanes && !atomic_load(&ahead.is_over); l++) run_once(&ahead.lane[l], &s->subject[i]);
    return NULL;
}

void ahead_begin(const check_session *s) {
    ahead.s = s;
    for (size_t l = 1; l < s->lanes; l++) {
        ahead.lane[l] = (check_lane){.device = s->lane[l].device};
        (void)lane_alloc(&ahead.lane[l], ahead_count);
    }
    ahead.is_running = s->lanes > 1 && pthread_create(&ahead.thread, NULL, work, NULL) == 0;
}

void ahead_end(void) {
    atomic_store(&ahead.is_over, 1);
    if (ahead.is_running) pthread_join(ahead.thread, NULL);
    for (size_t l = 1; l < check_max_lanes; l++) lane_release(&ahead.lane[l]);
}
