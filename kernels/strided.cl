/*
 * strided.cl: any job, by its elements in their order, last dimension fastest: one kernel, strided. Include layout.h and apply.cl first.
 *
 * A mask's bits lie in that order too: bit i % 8 of byte i / 8. A flat job with a mask has one dimension. Operands that a job does not have are
 * not read.
 */

#if defined(RAMP_RUN)

/* ---- A CPU: a work-item is RAMP_RUN neighbours in that order, a block at a time, gathered from as many rows as it takes ---- */

/* Where an element lies: its place in each dimension, and in each operand. */
typedef struct cursor {
    ulong place[RAMP_LAYOUT_DIMS];
    global const stored *x, *dy;
    global stored *y;
} cursor;

static inline void move(cursor *c, const ramp_dimension *dim, ulong by) {
    c->x += (long)by * dim->x;
    c->dy += (long)by * dim->dy;
    c->y += (long)by * dim->y;
}

static inline void start(cursor *c, const ramp_layout *job, ulong element) {
    for (uint d = 0; d < job->dims; d++) {
        ulong next = d + 1 < job->dims ? element / job->dim[d].size : 0;
        c->place[d] = element - next * job->dim[d].size;
        move(c, &job->dim[d], c->place[d]);
        element = next;
    }
}

/* How many elements follow in the same row, `most` at most. */
static inline uint row_of(const cursor *c, const ramp_layout *job, uint most) {
    ulong left = job->dim[0].size - c->place[0];
    return left < most ? (uint)left : most;
}

static inline void advance(cursor *c, const ramp_layout *job, uint by) {
    move(c, &job->dim[0], by);
    c->place[0] += by;
    for (uint d = 0; d + 1 < job->dims && c->place[d] == job->dim[d].size; d++) {
        move(c, &job->dim[d], 0 - job->dim[d].size);
        c->place[d] = 0;
        move(c, &job->dim[d + 1], 1);
        c->place[d + 1]++;
    }
}

kernel void strided(OPERANDS, MASK, ramp_layout job, numbers numbers_of_p) {
    ramp_params p = params_of(numbers_of_p);
    global uchar *mask = mask_buffer + mask_at;
    ulong first = get_global_id(0) * (ulong)RAMP_RUN;
    ulong end = first + RAMP_RUN < job.count ? first + RAMP_RUN : job.count;
    real e[RAMP_BLOCK], g[RAMP_BLOCK], out[RAMP_BLOCK];
    cursor from, to;
    if (first >= end) return;
    from.x = FROM(x_buffer, x_at), from.dy = FROM(dy_buffer, dy_at), from.y = TO(y_buffer, y_at);
    start(&from, &job, first);
    for (; first < end; first += RAMP_BLOCK) {
        const uint block = end - first < RAMP_BLOCK ? (uint)(end - first) : RAMP_BLOCK;
        to = from;
        for (uint at = 0, n; at < block; at += n) {
            n = row_of(&from, &job, block - at);
            if (!RAMP_FROM_MASK) load_row(e + at, from.x, job.dim[0].x, n);
            if (RAMP_BACKWARD) load_row(g + at, from.dy, job.dim[0].dy, n);
            advance(&from, &job, n);
        }
#if RAMP_FROM_MASK
        read_bits(e, mask + first / 8, block);
#elif defined(RAMP_MASK_OF)
        write_bits(mask + first / 8, e, block, p);
#endif
        apply_block(out, e, g, block, p);
        for (uint at = 0, n; at < block; at += n) {
            n = row_of(&to, &job, block - at);
            store_row(to.y, job.dim[0].y, out + at, n);
            advance(&to, &job, n);
        }
    }
}

#else

/* ---- A GPU: a work-item is RAMP_VECTORS 16-byte vectors, or RAMP_SCALARS elements, a local size apart ----
 * Vectors where all operands' neighbours lie next to each other along the last dimension, or are one element there, and every row begins on a
 * 16-byte boundary; the last vector of a flat job may be short. The boundaries are looked at again here, since the host does not know where a
 * buffer lies.
 *
 * The place of a work-group's first unit is found by division, in 64 bits. The units after it are found from there: `over`, how often a unit
 * goes past the end of a dimension, is at most the number of units, and mostly 0. */

#if defined(RAMP_VECTORS)
#define UNITS RAMP_VECTORS
#define WIDE  TOGETHER
#else
#define UNITS RAMP_SCALARS
#define WIDE  1
#endif
#define EACH_UNIT _Pragma("unroll") for (uint n = 0; n < UNITS; n++)

#if defined(RAMP_VECTORS)

/* Of a broadcast operand, one element stands for all. */
static inline uint4 load_vector(global const stored *from, int is_one) {
    vector v;
    if (!is_one) return *(global const uint4 *)from;
    const stored one = *from;
    EACH v.element[k] = one;
    return v.whole;
}

/* The bits of a unit, in a byte of the mask, as 1 and 0. */
static inline void load_bits(real *e, uint byte, ulong unit) {
    const uint from = (uint)(unit * WIDE) & 7;
    EACH e[k] = byte >> (from + k) & 1 ? K(1.0) : K(0.0);
}

#endif

kernel void strided(OPERANDS, MASK, ramp_layout job, numbers numbers_of_p) {
    ramp_params p = params_of(numbers_of_p);
    global const stored *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global stored *y = TO(y_buffer, y_at);
    global uchar *mask = mask_buffer + mask_at;
    const uint step = get_local_size(0), self = get_local_id(0);
    const ulong first = get_group_id(0) * (ulong)step * UNITS;
    int is_whole = (first + step * UNITS) * WIDE <= job.count;
#if defined(RAMP_VECTORS)
    const int x_is_one = job.dim[0].x == 0, dy_is_one = job.dim[0].dy == 0;
    is_whole &= (((RAMP_FROM_MASK || x_is_one ? 0 : (ulong)x) | (!RAMP_BACKWARD || dy_is_one ? 0 : (ulong)dy) | (ulong)y) & 15) == 0;
#endif

    /* Where the units lie: from x + at_x[n] on, and so on. */
    long at_x[UNITS], at_dy[UNITS], at_y[UNITS];
    uint over[UNITS];
    ulong rest = first;
    EACH_UNIT {
        over[n] = self + n * step;
        at_x[n] = over[n] * job.dim[0].x;
        at_dy[n] = over[n] * job.dim[0].dy;
        at_y[n] = over[n] * job.dim[0].y;
    }
    for (uint d = 0; d + 1 < job.dims; d++) {
        const ulong size = job.dim[d].size, next = (mul_hi(rest, job.dim[d].multiplier) + rest) >> job.dim[d].shift;
        const ulong place = rest - next * size;
        const uint reciprocal = job.dim[d].reciprocal;
        const long x_jump = job.dim[d + 1].x - (long)size * job.dim[d].x;
        const long dy_jump = job.dim[d + 1].dy - (long)size * job.dim[d].dy;
        const long y_jump = job.dim[d + 1].y - (long)size * job.dim[d].y;
        x += (long)place * job.dim[d].x;
        dy += (long)place * job.dim[d].dy;
        y += (long)place * job.dim[d].y;
        EACH_UNIT {
            over[n] = reciprocal != 0 ? ((uint)place + over[n]) * reciprocal >> RAMP_RECIPROCAL_1 : place + over[n] >= size;
            at_x[n] += over[n] * x_jump;
            at_dy[n] += over[n] * dy_jump;
            at_y[n] += over[n] * y_jump;
        }
        rest = next;
    }
    x += (long)rest * job.dim[job.dims - 1].x;
    dy += (long)rest * job.dim[job.dims - 1].dy;
    y += (long)rest * job.dim[job.dims - 1].y;

    uchar bits[UNITS]; /* of the mask, one for each element of a unit */
    EACH_UNIT bits[n] = 0;
    if (is_whole) {
#if defined(RAMP_VECTORS)
        vector v[UNITS], w[UNITS];
        EACH_UNIT {
#if RAMP_FROM_MASK
            bits[n] = mask[(first + self + n * step) * WIDE / 8];
#else
            v[n].whole = load_vector(x + at_x[n], x_is_one);
#endif
#if RAMP_BACKWARD
            w[n].whole = load_vector(dy + at_dy[n], dy_is_one);
#endif
        }
        EACH_UNIT {
            real e[WIDE], g[WIDE];
#if RAMP_FROM_MASK
            load_bits(e, bits[n], first + self + n * step);
#else
            EACH e[k] = load_stored(v[n].element[k]);
#endif
            EACH g[k] = DY(w[n].element[k]);
#if defined(RAMP_MASK_OF)
            EACH bits[n] |= (uchar)(RAMP_MASK_OF(e[k], p) << k);
#endif
            apply(e, g, p);
            EACH v[n].element[k] = store_real(e[k]);
            *(global uint4 *)(y + at_y[n]) = v[n].whole;
        }
#else
        real e[UNITS], g[UNITS];
        EACH_UNIT {
            const ulong i = first + self + n * step;
            e[n] = RAMP_FROM_MASK ? (mask[i / 8] >> (i & 7) & 1 ? K(1.0) : K(0.0)) : load_stored(x[at_x[n]]);
            g[n] = DY(dy[at_dy[n]]);
        }
#if defined(RAMP_MASK_OF)
        EACH_UNIT bits[n] = (uchar)RAMP_MASK_OF(e[n], p);
#endif
        apply(e, g, p);
        EACH_UNIT y[at_y[n]] = store_real(e[n]);
#endif
    } else {
        /* The last group, or boundaries that do not meet: one element after the other, by the function that is there already. */
        EACH_UNIT {
            for (uint k = 0; k < WIDE; k++) {
                const ulong i = (first + self + n * step) * WIDE + k;
                if (i >= job.count) break;
                const uint x_k = job.dim[0].x == 0 ? 0 : k, dy_k = job.dim[0].dy == 0 ? 0 : k;
                real e = RAMP_FROM_MASK ? (mask[i / 8] >> (i & 7) & 1 ? K(1.0) : K(0.0)) : load_stored(x[at_x[n] + x_k]);
#if defined(RAMP_MASK_OF)
                bits[n] |= (uchar)(RAMP_MASK_OF(e, p) << k);
#endif
                y[at_y[n] + k] = store_real(in_full(e, DY(dy[at_dy[n] + dy_k]), p));
            }
        }
    }

#if defined(RAMP_MASK_OF)
    /* A byte of the mask has the bits of several units, of neighbouring work-items: they are brought together, and one of those stores it. */
    const uint parts = 8 / WIDE;
    const ulong bytes = (job.count + 7) / 8, byte = first / parts;
    local uchar part[RAMP_LOCAL * UNITS];
    EACH_UNIT part[self + n * step] = bits[n];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = self; i < step * UNITS / parts && byte + i < bytes; i += step) {
        uint all = 0;
        for (uint k = 0; k < parts; k++) all |= (uint)part[i * parts + k] << k * WIDE;
        mask[byte + i] = (uchar)all;
    }
#endif
}

#endif
