#include "batch.h"
#include "bits.h"
#include "lane.h"
#include "parallel.h"
#include "reference.h"

#include <string.h>

typedef struct filling {
    const check_subject *what;
    const check_batch *b;
} filling;

/* A piece is whole bytes of the mask, but the last. */
static void fill_mask(void *context, unsigned worker, size_t from, size_t to) {
    const filling *f = context;
    const check_subject *what = f->what;
    (void)worker;
    memset(f->b->mask + from / 8, 0, batch_mask_bytes(to - from));
    for (size_t i = from; i < to; i++) {
        int bit = reference_mask(&what->op, what->dtype, bits_value(what->dtype, bits_load(what->dtype, f->b->x, i)));
        f->b->mask[i / 8] |= (unsigned char)(bit << i % 8);
    }
}

ramp_status batch_fill(const check_session *s, const check_subject *what, const stretch *st, uint64_t from, check_batch *b) {
    ramp_saved saved = pass_saved(what->pass);
    stretch_fill(st, &what->op, s->workers, from, b->n, b->x, pass_is_backward(what->pass) ? b->dy : NULL);
    if (saved == RAMP_SAVED_MASK) parallel_run(s->workers, b->n, fill_mask, &(filling){what, b});
    if (saved != RAMP_SAVED_OUTPUT) return RAMP_OK;
    return lane_run(&s->lane[0], &what->op, what->dtype, PASS_FORWARD, 0, b, b->y, NULL);
}
