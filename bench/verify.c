#include "verify.h"
#include "lane.h"
#include "program.h"
#include "reference.h"

#include <stdlib.h>
#include <string.h>

enum { ends = 2048, between = 512, small = 65536 };

static void add_piece(verify_sample *s, uint64_t first, uint64_t count) {
    s->first[s->pieces] = first;
    s->count[s->pieces++] = count;
    s->elements += (size_t)count;
}

verify_sample verify_new(const bench_case *c, const bench_tile *tile) {
    verify_sample s = {.pieces = 0};
    uint64_t n = c->shape->count;
    if (n <= small)
        add_piece(&s, 0, n);
    else {
        uint64_t stride = (n - 2 * ends) / (verify_pieces - 2);
        add_piece(&s, 0, ends);
        /* Not at the stride's own multiples: they would all sit at the same place of a page, a row or a block. */
        for (uint64_t i = 0; i < verify_pieces - 2; i++) add_piece(&s, ends + i * stride + i * 977 % (stride - between + 1), between);
        add_piece(&s, n - ends, ends);
    }
    s.want = program_resize(NULL, s.elements, sizeof *s.want);
    size_t at = 0;
    for (size_t p = 0; p < s.pieces; p++)
        for (uint64_t i = 0; i < s.count[p]; i++) {
            uint64_t t = (s.first[p] + i) % tile->count;
            double x = inputs_value(c->dtype, tile->x, t), dy = inputs_value(c->dtype, tile->dy, t);
            s.want[at++] = c->pass == BENCH_FORWARD ? reference_forward(&c->op, c->dtype, x) : reference_backward(&c->op, c->dtype, x, dy);
        }
    return s;
}

void verify_free(verify_sample *sample) {
    free(sample->want);
    *sample = (verify_sample){.pieces = 0};
}

/* Element t of the tile. What has the right bits need not be asked about. */
static int is_right(const bench_case *c, const bench_tile *tile, uint64_t t, double got, double want) {
    double x = inputs_value(c->dtype, tile->x, t);
    if (memcmp(&got, &want, sizeof got) == 0) return 1; /* widening keeps every bit's meaning, the sign of zero too */
    if (c->pass == BENCH_FORWARD) return reference_forward_holds(&c->op, c->dtype, x, got);
    return reference_backward_holds(&c->op, c->dtype, x, inputs_value(c->dtype, tile->dy, t), got);
}

/* The poison is a number that no op gives here, so that what was not written shows. */
static ramp_status poison(const bench_lane *lane, const bench_case *c, const verify_sample *s, void *scratch) {
    size_t size = bench_dtype_size(c->dtype);
    ramp_status status = RAMP_OK;
    memset(scratch, 0xa5, (size_t)(s->pieces == 1 ? s->count[0] : ends) * size);
    for (size_t p = 0; p < s->pieces && status == RAMP_OK; p++)
        status = ramp_memory_upload(lane->device, lane->y, (size_t)s->first[p] * size, scratch, (size_t)s->count[p] * size);
    return status;
}

bench_state verify_lane(const bench_lane *lane, const bench_case *c, const bench_tile *tile, const verify_sample *s, char *reason,
                        size_t capacity) {
    size_t size = bench_dtype_size(c->dtype), wrong = 0, at = 0;
    void *scratch = program_resize(NULL, s->elements, size);
    ramp_status status = poison(lane, c, s, scratch);
    if (status == RAMP_OK) status = lane_run(lane, c);
    for (size_t p = 0; p < s->pieces && status == RAMP_OK; p++) {
        status = ramp_memory_download(lane->device, scratch, lane->y, (size_t)s->first[p] * size, (size_t)s->count[p] * size);
        for (uint64_t i = 0; i < s->count[p] && status == RAMP_OK; i++, at++) {
            double got = inputs_value(c->dtype, scratch, i);
            uint64_t index = s->first[p] + i, t = index % tile->count;
            if (is_right(c, tile, t, got, s->want[at]) || wrong++ > 0) continue;
            int used = snprintf(reason, capacity, "element %llu: x = %.17g", (unsigned long long)index, inputs_value(c->dtype, tile->x, t));
            if (c->pass == BENCH_BACKWARD)
                used += snprintf(reason + used, capacity - (size_t)used, ", dy = %.17g", inputs_value(c->dtype, tile->dy, t));
            snprintf(reason + used, capacity - (size_t)used, ", want %.17g, got %.17g", s->want[at], got);
        }
    }
    free(scratch);
    if (status != RAMP_OK) {
        snprintf(reason, capacity, "%s: %s", ramp_status_name(status), ramp_last_error());
        return status == RAMP_ERROR_MEMORY || status == RAMP_ERROR_UNSUPPORTED ? BENCH_SKIPPED : BENCH_FAILED;
    }
    if (wrong == 0) return BENCH_MEASURED;
    size_t used = strlen(reason);
    snprintf(reason + used, capacity - used, " (the first of %zu wrong in a sample of %zu)", wrong, s->elements);
    return BENCH_WRONG;
}
