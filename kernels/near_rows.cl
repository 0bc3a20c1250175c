/*
 * near_rows.cl: a flat job of f32, forward, of an op that has rows (rows.h), large enough for each group to copy them to local memory: one kernel,
 * near_rows. Include apply.cl first; elementwise.cl says how elements are shared out. (Not there: with its loads an `if` apart from what is
 * done with them, for the barrier between, hardtanh took 1.14 of a copy on an H200, for 1.00.)
 *
 * All of a group's work-items copy, so that it has as many as its form says; their own elements are on their way meanwhile.
 */

#if defined(RAMP_PTX) /* on its way until AWAIT_ROWS, and through no register */
#define COPY_ROW(to, from) asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" : : "r"((uint)(ulong)(to)), "l"((ulong)(from)))
#define AWAIT_ROWS()       asm volatile("cp.async.wait_all;" : : : "memory")
#else
#define COPY_ROW(to, from) (*(to) = *(from))
#define AWAIT_ROWS()
#endif

static inline uint4 applied(uint4 x, op_params p) {
    const uint words[] = {x.x, x.y, x.z, x.w};
    real e[TOGETHER];
    uint y[TOGETHER];
    EACH e[k] = X(TAKEN(words, k));
    apply(e, e, p);
    EACH PUT(y, k, Y(e[k]));
    return (uint4)(y[0], y[1], y[2], y[3]);
}

kernel __attribute__((reqd_work_group_size(RAMP_LOCAL, 1, 1))) void near_rows(OPERANDS, ulong count, PARAMETERS) {
    local ramp_row rows[RAMP_ROWS];
    global const stored *x = FROM(x_buffer, x_at);
    global stored *y = TO(y_buffer, y_at);
    const uint self = (uint)get_local_id(0);
    ulong head = 0, vectors = 0, step = get_global_size(0) * RAMP_VECTORS;
    if ((((ulong)x ^ (ulong)y) & 15) == 0) {
        head = ((0 - (ulong)y) & 15) / sizeof(stored);
        head = head < count ? head : count;
        vectors = (count - head) / TOGETHER;
        step = count; /* one each: the next would be past the end */
    }
    const ulong start = get_group_id(0) * (RAMP_LOCAL * RAMP_VECTORS) + self, last = start + RAMP_LOCAL * (RAMP_VECTORS - 1);
    const int is_whole = last < vectors;
    uint4 v[RAMP_VECTORS];
    if (is_whole) _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) v[n] = ((global const uint4 *)(x + head))[start + n * RAMP_LOCAL];
    _Pragma("unroll") for (uint i = 0; i < RAMP_ROWS; i += RAMP_LOCAL) if (i + self < RAMP_ROWS) COPY_ROW(&rows[i + self], &op_rows[i + self]);
    AWAIT_ROWS();
    barrier(CLK_LOCAL_MEM_FENCE);

    const op_params p = params_with_rows(params_of(numbers_of_p), rows);
    if (is_whole) {
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) ((global uint4 *)(y + head))[start + n * RAMP_LOCAL] = applied(v[n], p);
        return;
    }
    for (ulong i = start; i <= last; i += RAMP_LOCAL) {
        ulong single = i - vectors, at = single < head ? single : single + vectors * TOGETHER, end = count, next = step;
        if (i < vectors) {
            at = head + i * TOGETHER;
            end = at + TOGETHER;
            next = 1;
        }
        for (; at < end; at += next) y[at] = Y(in_full(X(x[at]), K(0.0), p));
    }
}
