#include "ranges.h"
#include "bits.h"
#include "edges.h"
#include "values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float number(uint64_t pattern) { return (float)bits_value(RAMP_F32, pattern); }

/* Where magnitudes grow from x to next. `limit` is the float that the words speak of, and `is_from` whether from there on or up to there.
 * What happens where x itself is subnormal, or twice that, is no news: most ops are nearly a straight line there. */
static const char *words(const edge *e, float *limit, int *is_from) {
    int small = fabsf(number(e->next)) <= 0x1p-124f;
    *limit = number(e->next);
    *is_from = 1;
    if (e->at_x == EDGE_NORMAL && e->at_next == EDGE_INFINITE && !isinf(number(e->next))) return "overflows";
    if (small) return NULL;
    if (e->at_x == EDGE_NORMAL && e->at_next == EDGE_SUBNORMAL) return "is subnormal";
    if (e->at_x == EDGE_SUBNORMAL && e->at_next == EDGE_ZERO) return "rounds to zero";
    *limit = number(e->x);
    *is_from = 0;
    if (e->at_x == EDGE_SUBNORMAL && e->at_next == EDGE_NORMAL) return "is subnormal";
    if (e->at_x == EDGE_ZERO && e->at_next == EDGE_SUBNORMAL) return "rounds to zero";
    if (e->at_x == EDGE_NORMAL && e->at_next == EDGE_NORMAL) return "changes its sign";
    return NULL;
}

static int is_mirror(const edge *a, const edge *b) {
    return (a->x ^ UINT64_C(1) << 31) == b->x && a->at_x == b->at_x && a->at_next == b->at_next;
}

/* "overflows from x = 1e+38 up", "rounds to zero from x = -104 down"; `mirrored`: so on both sides. */
static void clause(char *text, size_t capacity, const char *what, float limit, int is_from, int mirrored) {
    char value[32];
    values_text(value, mirrored ? fabsf(limit) : limit);
    if (strcmp(what, "changes its sign") == 0)
        snprintf(text, capacity, "%s just %s x = %s", what, limit < 0 ? "below" : "above", value);
    else if (mirrored)
        snprintf(text, capacity, "%s %s |x| = %s", what, is_from ? "from" : "up to", value);
    else if (limit < 0)
        snprintf(text, capacity, "%s %s x = %s%s", what, is_from ? "from" : "down to", value, is_from ? " down" : "");
    else
        snprintf(text, capacity, "%s %s x = %s%s", what, is_from ? "from" : "up to", value, is_from ? " up" : "");
}

const char *ranges_text(ramp_device *cpu, const ramp_op *op, int backward, char *text, size_t capacity) {
    edge list[edges_most];
    size_t count, used = 0;
    text[0] = '\0';
    if (edges_find(cpu, op, RAMP_F32, backward, list, &count) != RAMP_OK) {
        fprintf(stderr, "ops_table: %s\n", ramp_last_error());
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        int mirrored = 0, told = 0;
        for (size_t k = 0; k < count; k++)
            if (is_mirror(&list[i], &list[k])) {
                mirrored = 1;
                told = k < i;
            }
        float limit;
        int is_from;
        char one[96];
        const char *what = words(&list[i], &limit, &is_from);
        if (what == NULL || told) continue;
        clause(one, sizeof one, what, limit, is_from, mirrored);
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", used > 0 ? "; " : backward ? "f'(x) " : "f(x) ", one);
        if (used >= capacity) exit(1);
    }
    if (used > 0) snprintf(text + used, capacity - used, ".");
    return text;
}
