/*
 * strided.cl: any job, by its elements in their order, last dimension fastest: one kernel, strided. Include layout.h and apply.cl first.
 *
 * A mask's bits lie in that order too: bit i % 8 of byte i / 8. A flat job with a mask has one dimension. Operands that a job does not have
 * are not read.
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

RUN_KERNEL void strided(OPERANDS, MASK, ramp_layout job, PARAMETERS) {
    op_params p = OP_PARAMS;
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
 * Vectors where all operands' neighbours lie next to each other along the last dimension, or dy is one element there, and every row begins
 * on a 16-byte boundary; the last vector of a flat job may be short. The boundaries are looked at again here, since the host does not know
 * where a buffer lies.
 *
 * The place of a work-group's first unit is found by division, in 64 bits. The units after it are found from there: `over`, how often a
 * unit goes past the end of a dimension, is at most the number of units, and mostly 0. How far they are from the first fits in 32 bits, or
 * RAMP_WIDE is 1. */

#if RAMP_WIDE
typedef ulong offset; /* modulo 2^64: it stands for a number of either sign */
#define SIGNED(offset) ((long)(offset))
#else
typedef uint offset;
#define SIGNED(offset) ((long)(int)(offset))
#endif

#if defined(RAMP_VECTORS)
#define UNITS RAMP_VECTORS
#define WIDE  TOGETHER
#else
#define UNITS RAMP_SCALARS
#define WIDE  1
#endif
#define EACH_UNIT _Pragma("unroll") for (uint n = 0; n < UNITS; n++)

/* Ops that have masks are brief. */
#if RAMP_FROM_MASK || defined(RAMP_MASK_OF)
#define UNROLLED_IF_BRIEF _Pragma("unroll")
#else
#define UNROLLED_IF_BRIEF _Pragma("unroll 1")
#endif

static inline real bit_as_real(global const uchar *bits, uint i) { return bits[i / 8] >> (i & 7) & 1 ? K(1.0) : K(0.0); }

/* The bits of a unit, for the mask. A byte has those of PARTS units, of neighbouring work-items: they are brought together in local memory,
 * and one of those stores it. */
#define PARTS (8 / WIDE)
#define KEEP_BITS(unit, byte)                                                                                                              \
    do {                                                                                                                                   \
        if (PARTS > 1)                                                                                                                     \
            part[unit] = (uchar)(byte);                                                                                                    \
        else                                                                                                                               \
            bits[unit] = (uchar)(byte);                                                                                                    \
    } while (0)

kernel void strided(OPERANDS, MASK, ramp_layout job, PARAMETERS) {
    op_params p = OP_PARAMS;
    global const stored *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global stored *y = TO(y_buffer, y_at);
    const uint step = get_local_size(0), self = get_local_id(0);
    const ulong first = get_group_id(0) * (ulong)step * UNITS;
    global uchar *bits = mask_buffer + mask_at + first / PARTS; /* of the group's units: those are whole bytes */
#if defined(RAMP_VECTORS)
    const int dy_is_one = job.dim[0].dy == 0;
    int is_whole = (first + step * UNITS) * WIDE <= job.count;
    is_whole &= (((RAMP_FROM_MASK ? 0 : (ulong)x) | (!RAMP_BACKWARD || dy_is_one ? 0 : (ulong)dy) | (ulong)y) & 15) == 0;
#endif

#if defined(RAMP_MASK_OF)
    local uchar part[RAMP_LOCAL * UNITS];
#endif

    /* Where the units lie: at_x[n] after the first, and so on. */
    offset at_x[UNITS], at_dy[UNITS], at_y[UNITS];
    uint over[UNITS];
    ulong rest = first;
    EACH_UNIT {
        over[n] = self + n * step;
        at_x[n] = over[n] * (offset)job.dim[0].x;
        at_dy[n] = over[n] * (offset)job.dim[0].dy;
        at_y[n] = over[n] * (offset)job.dim[0].y;
    }
    for (uint d = 0; d + 1 < job.dims; d++) {
        const ulong size = job.dim[d].size, next = (mul_hi(rest, job.dim[d].multiplier) + rest) >> job.dim[d].shift;
        const ulong place = rest - next * size, left = size - place;
        const offset x_jump = (offset)(job.dim[d + 1].x - (long)size * job.dim[d].x);
        const offset dy_jump = (offset)(job.dim[d + 1].dy - (long)size * job.dim[d].dy);
        const offset y_jump = (offset)(job.dim[d + 1].y - (long)size * job.dim[d].y);
        x += (long)place * job.dim[d].x;
        dy += (long)place * job.dim[d].dy;
        y += (long)place * job.dim[d].y;
        rest = next;
        if (job.dim[d].reciprocal != 0) {
            EACH_UNIT over[n] = ((uint)place + over[n]) * job.dim[d].reciprocal >> RAMP_SPAN_SHIFT;
        } else {
            const uint end = left < RAMP_MAX_SPAN ? (uint)left : RAMP_MAX_SPAN; /* no unit is that far */
            EACH_UNIT over[n] = over[n] >= end;
        }
        EACH_UNIT {
            at_x[n] += over[n] * x_jump;
            at_dy[n] += over[n] * dy_jump;
            at_y[n] += over[n] * y_jump;
        }
    }
    x += (long)rest * job.dim[job.dims - 1].x;
    dy += (long)rest * job.dim[job.dims - 1].dy;
    y += (long)rest * job.dim[job.dims - 1].y;

#if defined(RAMP_VECTORS)
    if (is_whole) {
        uint4 v[UNITS], w[UNITS];
        uint read[UNITS];
        EACH_UNIT {
            v[n] = w[n] = (uint4)(0);
#if RAMP_FROM_MASK
            read[n] = bits[(self + n * step) / PARTS];
#else
            v[n] = *(global const uint4 *)(x + SIGNED(at_x[n]));
#endif
        }
#if RAMP_BACKWARD
        if (dy_is_one) {
            EACH_UNIT {
                const stored one = dy[SIGNED(at_dy[n])];
                uint all[4];
                EACH PUT(all, k, one);
                w[n] = (uint4)(all[0], all[1], all[2], all[3]);
            }
        } else
            EACH_UNIT w[n] = *(global const uint4 *)(dy + SIGNED(at_dy[n]));
#endif
        /* A larger op stands here once, and the other units move up to where it finds the first. */
        UNROLLED_IF_BRIEF for (uint unit = self, turn = 0; turn < UNITS; unit += step, turn++) {
            const uint x_words[] = {v[0].x, v[0].y, v[0].z, v[0].w}, dy_words[] = {w[0].x, w[0].y, w[0].z, w[0].w};
            uint y_words[4];
            real e[WIDE], g[WIDE];
#if RAMP_FROM_MASK
            EACH e[k] = read[0] >> ((unit % PARTS) * WIDE + k) & 1 ? K(1.0) : K(0.0);
#else
            EACH e[k] = X(TAKEN(x_words, k));
#endif
            EACH g[k] = DY(TAKEN(dy_words, k));
#if defined(RAMP_MASK_OF)
            uint byte = 0;
            EACH byte |= (uint)RAMP_MASK_OF(e[k], p) << k;
            KEEP_BITS(unit, byte);
#endif
            apply(e, g, p);
            EACH PUT(y_words, k, Y(e[k]));
            *(global uint4 *)(y + SIGNED(at_y[0])) = (uint4)(y_words[0], y_words[1], y_words[2], y_words[3]);
            _Pragma("unroll") for (uint n = 1; n < UNITS; n++) {
                v[n - 1] = v[n];
                w[n - 1] = w[n];
                at_y[n - 1] = at_y[n];
#if RAMP_FROM_MASK
                read[n - 1] = read[n];
#endif
            }
        }
    } else {
        /* The last group, or boundaries that do not meet: one element after the other, by the function that is there already. */
        EACH_UNIT {
            const ulong i = (first + self + n * step) * WIDE;
            uint byte = 0;
            for (uint k = 0; k < WIDE && i + k < job.count; k++) {
                real e = RAMP_FROM_MASK ? bit_as_real(bits, (self + n * step) * WIDE + k) : X(x[SIGNED(at_x[n]) + k]);
#if defined(RAMP_MASK_OF)
                byte |= (uint)RAMP_MASK_OF(e, p) << k;
#endif
                y[SIGNED(at_y[n]) + k] = Y(in_full(e, DY(dy[SIGNED(at_dy[n]) + (dy_is_one ? 0 : k)]), p));
            }
#if defined(RAMP_MASK_OF)
            if (PARTS > 1 || i < job.count) KEEP_BITS(self + n * step, byte);
#endif
        }
    }
#else
    const uint left = job.count - first < step * UNITS ? (uint)(job.count - first) : step * UNITS;
    const int is_whole = left == step * UNITS; /* with a test of every element, bf16 was 1.2 to 1.6 times slower on an H200 */
    real e[UNITS], g[UNITS];
    if (is_whole) {
        EACH_UNIT {
            e[n] = RAMP_FROM_MASK ? bit_as_real(bits, self + n * step) : X(x[SIGNED(at_x[n])]);
            g[n] = DY(dy[SIGNED(at_dy[n])]);
        }
    } else {
        EACH_UNIT {
            const uint unit = self + n * step;
            e[n] = unit >= left ? K(0.0) : RAMP_FROM_MASK ? bit_as_real(bits, unit) : X(x[SIGNED(at_x[n])]);
            g[n] = unit >= left ? K(0.0) : DY(dy[SIGNED(at_dy[n])]);
        }
    }
#if defined(RAMP_MASK_OF)
    EACH_UNIT part[self + n * step] = self + n * step < left ? (uchar)RAMP_MASK_OF(e[n], p) : 0;
#endif
    apply(e, g, p);
    if (is_whole) {
        EACH_UNIT y[SIGNED(at_y[n])] = Y(e[n]);
    } else {
        EACH_UNIT if (self + n * step < left) y[SIGNED(at_y[n])] = Y(e[n]);
    }
#endif

#if defined(RAMP_MASK_OF)
    barrier(CLK_LOCAL_MEM_FENCE);
    const ulong bytes = (job.count + 7) / 8 - first / PARTS;
    for (uint i = self; PARTS > 1 && i < step * UNITS / PARTS && i < bytes; i += step) {
        uint byte = 0;
        for (uint k = 0; k < PARTS; k++) byte |= (uint)part[i * PARTS + k] << k * WIDE;
        bits[i] = (uchar)byte;
    }
#endif
}

#endif
