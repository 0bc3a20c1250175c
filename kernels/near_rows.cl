/*
 * near_rows.cl: a flat job of f32, forward, of an op that has rows (rows.h), large enough for each group to copy them to local memory: one kernel,
 * near_rows. Include apply.cl first; elementwise.cl says how elements are shared out.
 *
 * All of a group's work-items copy, so that it has as many as its form says; their own elements are on their way meanwhile. How vectors are taken apart
 * matters: by shifts gelu took 1.25 of a copy for 1.07 (H200). Most likely, for it was not measured, more groups were on a core at a time then, and less of
 * its memory was left to the first-level cache, from where the copies come: that makes as much of a difference on CUDA.
 */

#if defined(RAMP_PTX) /* on its way until AWAIT_ROWS, and through no register */
#define COPY_ROW(to, from) asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" : : "r"((uint)(ulong)(to)), "l"((ulong)(from)))
#define AWAIT_ROWS()       asm volatile("cp.async.wait_all;" : : : "memory")
#else
#define COPY_ROW(to, from) (*(to) = *(from))
#define AWAIT_ROWS()
#endif

static inline uint4 applied(uint4 x, op_params p) {
    vector v;
    real e[TOGETHER], g[TOGETHER];
    v.whole = x;
    EACH {
        e[k] = X(v.element[k]);
        g[k] = K(0.0);
    }
    apply(e, g, p);
    EACH v.element[k] = Y(e[k]);
    return v.whole;
}

kernel __attribute__((reqd_work_group_size(RAMP_LOCAL, 1, 1))) void near_rows(OPERANDS, ulong count, PARAMETERS) {
    local ramp_row rows[RAMP_ROWS];
    global const stored *x = FROM(x_buffer, x_at);
    global stored *y = TO(y_buffer, y_at);
    ulong head = 0, vectors = 0, step = get_global_size(0) * RAMP_VECTORS;
    if ((((ulong)x ^ (ulong)y) & 15) == 0) {
        head = ((0 - (ulong)y) & 15) / sizeof(stored);
        head = head < count ? head : count;
        vectors = (count - head) / TOGETHER;
        step = count; /* one each: the next would be past the end */
    }
    ulong local_size = get_local_size(0), start = get_group_id(0) * local_size * RAMP_VECTORS + get_local_id(0);
    ulong last = start + local_size * (RAMP_VECTORS - 1);
    global const uint4 *xs = (global const uint4 *)(x + head) + start;
    global uint4 *ys = (global uint4 *)(y + head) + start;
    uint4 v[RAMP_VECTORS];
    const int is_whole = last < vectors;
    if (is_whole) _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) v[n] = xs[n * local_size];
    _Pragma("unroll") for (uint i = 0; i < RAMP_ROWS; i += RAMP_LOCAL) {
        const uint own = i + (uint)get_local_id(0);
        if (own < RAMP_ROWS) COPY_ROW(&rows[own], &op_rows[own]);
    }
    AWAIT_ROWS();
    barrier(CLK_LOCAL_MEM_FENCE);

    op_params p = params_with_rows(params_of(numbers_of_p), rows);
    if (is_whole) {
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) ys[n * local_size] = applied(v[n], p);
        return;
    }
    for (ulong i = start; i <= last; i += local_size) {
        ulong single = i - vectors, at = single < head ? single : single + vectors * TOGETHER, end = count, next = step;
        if (i < vectors) {
            at = head + i * TOGETHER;
            end = at + TOGETHER;
            next = 1;
        }
        for (; at < end; at += next) y[at] = Y(in_full(X(x[at]), K(0.0), p));
    }
}
