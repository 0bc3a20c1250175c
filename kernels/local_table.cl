/*
 * local_table.cl: a flat job of f16, forward, of the op `table` (table.cl): one kernel, local_table. Include layout.h and apply.cl first.
 *
 * f16's table lies over so many lines that a cache, which gives one at a time, takes 1.3 times as long as a copy on an H200. So a work-group keeps the
 * part that activations mostly touch in local memory, goes over many vectors, and reads the rest from the table. A unit is a vector's elements, whose bits
 * are a byte of the mask.
 */
#define FIRST     0x2000u     /* the bits of 2^-7 */
#define SPAN      (11u << 10) /* of so many inputs, up to 2^4, and their negatives: 44 KiB */
#define EACH_UNIT _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++)

static inline int is_near(uint x) { return (x & 0x7fffu) - FIRST < SPAN; }

static inline uint4 looked_up(uint4 v, local const entry *near, global const entry *restrict entries) {
    const uint x[] = {v.x, v.y, v.z, v.w};
    uint value[TOGETHER], y[4];
    int is_far = 0;
    EACH {
        const uint s = TAKEN(x, k), at = (s & 0x7fffu) - FIRST;
        value[k] = near[at < SPAN ? at + (s >> 15) * SPAN : 0];
        is_far |= at >= SPAN;
    }
    if (is_far) EACH if (!is_near(TAKEN(x, k))) value[k] = entries[TAKEN(x, k)];
    EACH PUT(y, k, value[k]);
    return (uint4)(y[0], y[1], y[2], y[3]);
}

kernel void local_table(OPERANDS, MASK, ramp_layout job, PARAMETERS) {
    local uint4 near[2 * SPAN / TOGETHER];
    global const stored *x = FROM(x_buffer, x_at);
    global stored *y = TO(y_buffer, y_at);
    const op_params p = OP_PARAMS;
    const ulong units = job.count / TOGETHER, all = get_global_size(0);
    const int is_aligned = (((ulong)x | (ulong)y) & 15) == 0;
    for (uint i = get_local_id(0); i < 2 * SPAN / TOGETHER; i += get_local_size(0))
        near[i] = ((global const uint4 *)entries)[(i < SPAN / TOGETHER ? FIRST : 0x8000u + FIRST - SPAN) / TOGETHER + i];
    barrier(CLK_LOCAL_MEM_FENCE);

    uint4 v[RAMP_VECTORS], next[RAMP_VECTORS];
    ulong unit = get_global_id(0);
    EACH_UNIT if (unit + n * all < units && is_aligned) v[n] = ((global const uint4 *)x)[unit + n * all];
    for (; unit < units && is_aligned; unit += all * RAMP_VECTORS) {
        const ulong after = unit + all * RAMP_VECTORS;
        EACH_UNIT if (after + n * all < units) next[n] = ((global const uint4 *)x)[after + n * all]; /* on their way meanwhile */
        EACH_UNIT {
            if (unit + n * all < units) {
#if defined(RAMP_MASK_OF)
                const uint words[] = {v[n].x, v[n].y, v[n].z, v[n].w};
                uint byte = 0;
                EACH byte |= (uint)RAMP_MASK_OF(X(TAKEN(words, k)), p) << k;
                mask_buffer[mask_at + unit + n * all] = (uchar)byte;
#endif
                ((global uint4 *)y)[unit + n * all] = looked_up(v[n], (local const entry *)near, entries);
            }
            v[n] = next[n];
        }
    }
    /* What is no whole vector; and all where the host could not know that addresses are odd. */
    for (unit = get_global_id(0) + (is_aligned ? units : 0); unit * TOGETHER < job.count; unit += all) {
        uint byte = 0;
        for (uint k = 0; k < TOGETHER && unit * TOGETHER + k < job.count; k++) {
            const real e = X(x[unit * TOGETHER + k]);
#if defined(RAMP_MASK_OF)
            byte |= (uint)RAMP_MASK_OF(e, p) << k;
#endif
            y[unit * TOGETHER + k] = Y(in_full(e, K(0.0), p));
        }
#if defined(RAMP_MASK_OF)
        mask_buffer[mask_at + unit] = (uchar)byte;
#endif
    }
}
