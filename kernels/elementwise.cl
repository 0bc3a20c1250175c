/*
 * elementwise.cl: one op in one dtype, forward and backward: load, apply, store. Comes after dialect.h and activations.h in one program.
 *
 * The build defines RAMP_OP, the op's name, and RAMP_VARIANT, which of its formulas (variants.h); and the elements of a work-item: RAMP_RUN, on a CPU, or
 * RAMP_SCALARS, of the scalar form.
 *
 * Operands are a buffer and the bytes from its start; `count` is in elements. An output may be the same memory as an input, so nothing is
 * `restrict`, and what an element needs is read before it is written, by the same work-item. The global size is rounded up by the host.
 */

#if RAMP_BITS == 64
typedef double2 vector;
typedef double4 numbers;
#else
typedef float4 vector;
typedef float4 numbers;
#endif

#define PASTE_EXPANDED(a, b) a##b
#define PASTE(a, b) PASTE_EXPANDED(a, b)
#define RAMP_OP_VALUE PASTE(RAMP_OP, _value)
#define RAMP_OP_GRADIENT PASTE(RAMP_OP, _gradient)

#define FROM(buffer, at) ((global const real *)((buffer) + (at)))
#define TO(buffer, at)   ((global real *)((buffer) + (at)))

static inline ramp_params params_of(numbers n) {
    ramp_params p = {n.x, n.y, n.z, n.w};
    return p;
}

#if defined(RAMP_RUN)

/* ---- A CPU: a work-item is a loop over RAMP_RUN neighbours, which the compiler vectorises as wide as the processor is ----
 * A block of elements at a time, through private memory, since a loop whose output may be its input does not vectorise; in the quick form, without a
 * branch; what that leaves NaN is made again in full. */

#define RAMP_BLOCK 64
#define RUN(result)                                                                                                                        \
    for (uint i = 0; i < n; i++) y_block[i] = (result);

kernel void forward_run(global const char *x_buffer, ulong x_at, global char *y_buffer, ulong y_at, ulong count, numbers numbers_of_p) {
    global const real *x = FROM(x_buffer, x_at);
    global real *y = TO(y_buffer, y_at);
    ramp_params p = params_of(numbers_of_p);
    ulong first = get_global_id(0) * (ulong)RAMP_RUN;
    ulong end = first + RAMP_RUN < count ? first + RAMP_RUN : count;
    real x_block[RAMP_BLOCK], y_block[RAMP_BLOCK];
    for (; first < end; first += RAMP_BLOCK) {
        uint n = end - first < RAMP_BLOCK ? (uint)(end - first) : RAMP_BLOCK;
        int left = 0;
        for (uint i = 0; i < n; i++) x_block[i] = x[first + i];
        RUN(RAMP_OP_VALUE(x_block[i], p, RAMP_VARIANT, 1))
        for (uint i = 0; i < n; i++) left |= y_block[i] != y_block[i];
        if (left)
            for (uint i = 0; i < n; i++)
                if (y_block[i] != y_block[i]) y_block[i] = RAMP_OP_VALUE(x_block[i], p, RAMP_VARIANT, 0);
        for (uint i = 0; i < n; i++) y[first + i] = y_block[i];
    }
}

kernel void backward_run(global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *dx_buffer,
                         ulong dx_at, ulong count, numbers numbers_of_p) {
    global const real *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global real *dx = TO(dx_buffer, dx_at);
    ramp_params p = params_of(numbers_of_p);
    ulong first = get_global_id(0) * (ulong)RAMP_RUN;
    ulong end = first + RAMP_RUN < count ? first + RAMP_RUN : count;
    real x_block[RAMP_BLOCK], dy_block[RAMP_BLOCK], y_block[RAMP_BLOCK];
    for (; first < end; first += RAMP_BLOCK) {
        uint n = end - first < RAMP_BLOCK ? (uint)(end - first) : RAMP_BLOCK;
        int left = 0;
        for (uint i = 0; i < n; i++) x_block[i] = x[first + i], dy_block[i] = dy[first + i];
        RUN(RAMP_OP_GRADIENT(x_block[i], dy_block[i], p, 1))
        for (uint i = 0; i < n; i++) left |= y_block[i] != y_block[i];
        if (left)
            for (uint i = 0; i < n; i++)
                if (y_block[i] != y_block[i]) y_block[i] = RAMP_OP_GRADIENT(x_block[i], dy_block[i], p, 0);
        for (uint i = 0; i < n; i++) dx[first + i] = y_block[i];
    }
}

#else

/* ---- A GPU: vector, where the operands agree modulo 16 bytes: a work-item is RAMP_VECTORS 16-byte loads and stores, a local size apart ----
 * Those past the last vector do the elements before the first 16-byte boundary and after the last, one each: the host launches enough for
 * count / WIDTH + 2 * (WIDTH - 1) vectors or more. What decides is the addresses here, which the host does not know: a CL_MEM_USE_HOST_PTR buffer
 * may lie anywhere. Where they do not agree, every work-item takes elements a global size apart. */

#define WIDTH (16 / sizeof(real))

#if RAMP_BITS == 64
#define UNPACK(v) {v.x, v.y}
#define PACK(e) ((vector)(e[0], e[1]))
#else
#define UNPACK(v) {v.x, v.y, v.z, v.w}
#define PACK(e) ((vector)(e[0], e[1], e[2], e[3]))
#endif

#define EACH_VECTOR _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++)
#define AT(n) (start + (n) * get_local_size(0))

/* Apply to the array e, with gradients g, whatever their length. A value is made in the quick form for all elements, without a branch; what that leaves
 * NaN, one element in a million and true NaNs, is made again in full. */
#define UNROLLED _Pragma("unroll") for (uint k = 0; k < sizeof e / sizeof e[0]; k++)
#define APPLY_VALUE                                                                                                                        \
    real out[sizeof e / sizeof e[0]];                                                                                                      \
    int left = 0;                                                                                                                          \
    UNROLLED out[k] = RAMP_OP_VALUE(e[k], p, RAMP_VARIANT, 1);                                                                             \
    UNROLLED left |= out[k] != out[k];                                                                                                     \
    if (left) UNROLLED if (out[k] != out[k]) out[k] = value_in_full(e[k], p);                                                              \
    UNROLLED e[k] = out[k];
#define APPLY_GRADIENT UNROLLED e[k] = RAMP_OP_GRADIENT(e[k], g[k], p, 0);

RAMP_FAR_FN real value_in_full(real x, ramp_params p) { return RAMP_OP_VALUE(x, p, RAMP_VARIANT, 0); }

typedef struct split {
    ulong head, vectors, step; /* elements before the first vector; vectors; from one single element of a work-item to the next */
} split;

static inline split split_of(ulong out, ulong differences, ulong count) {
    split s = {0, 0, get_global_size(0) * RAMP_VECTORS};
    if ((differences & 15) == 0) {
        s.head = ((0 - out) & 15) / sizeof(real);
        s.head = s.head < count ? s.head : count;
        s.vectors = (count - s.head) / WIDTH;
        s.step = count; /* one each: the next would be past the end */
    }
    return s;
}

static inline ulong single_of(split s, ulong i) {
    ulong single = i - s.vectors;
    return single < s.head ? single : single + s.vectors * WIDTH;
}

kernel void forward_vector(global const char *x_buffer, ulong x_at, global char *y_buffer, ulong y_at, ulong count, numbers numbers_of_p) {
    global const real *x = FROM(x_buffer, x_at);
    global real *y = TO(y_buffer, y_at);
    ramp_params p = params_of(numbers_of_p);
    split s = split_of((ulong)y, (ulong)x ^ (ulong)y, count);
    ulong start = get_group_id(0) * get_local_size(0) * RAMP_VECTORS + get_local_id(0);
    ulong last = start + get_local_size(0) * (RAMP_VECTORS - 1);
    if (last < s.vectors) {
        vector v[RAMP_VECTORS];
        EACH_VECTOR v[n] = ((global const vector *)(x + s.head))[AT(n)];
        EACH_VECTOR {
            real e[] = UNPACK(v[n]);
            APPLY_VALUE
            ((global vector *)(y + s.head))[AT(n)] = PACK(e);
        }
        return;
    }
    for (ulong i = start; i <= last; i += get_local_size(0)) {
        if (i < s.vectors) {
            vector v = ((global const vector *)(x + s.head))[i];
            real e[] = UNPACK(v);
            APPLY_VALUE
            ((global vector *)(y + s.head))[i] = PACK(e);
            continue;
        }
        for (ulong at = single_of(s, i); at < count; at += s.step) {
            real e[] = {x[at]};
            APPLY_VALUE
            y[at] = e[0];
        }
    }
}

kernel void backward_vector(global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *dx_buffer,
                            ulong dx_at, ulong count, numbers numbers_of_p) {
    global const real *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global real *dx = TO(dx_buffer, dx_at);
    ramp_params p = params_of(numbers_of_p);
    split s = split_of((ulong)dx, ((ulong)x ^ (ulong)dx) | ((ulong)dy ^ (ulong)dx), count);
    ulong start = get_group_id(0) * get_local_size(0) * RAMP_VECTORS + get_local_id(0);
    ulong last = start + get_local_size(0) * (RAMP_VECTORS - 1);
    if (last < s.vectors) {
        vector v[RAMP_VECTORS], w[RAMP_VECTORS];
        EACH_VECTOR {
            v[n] = ((global const vector *)(x + s.head))[AT(n)];
            w[n] = ((global const vector *)(dy + s.head))[AT(n)];
        }
        EACH_VECTOR {
            real e[] = UNPACK(v[n]), g[] = UNPACK(w[n]);
            APPLY_GRADIENT
            ((global vector *)(dx + s.head))[AT(n)] = PACK(e);
        }
        return;
    }
    for (ulong i = start; i <= last; i += get_local_size(0)) {
        if (i < s.vectors) {
            vector v = ((global const vector *)(x + s.head))[i], w = ((global const vector *)(dy + s.head))[i];
            real e[] = UNPACK(v), g[] = UNPACK(w);
            APPLY_GRADIENT
            ((global vector *)(dx + s.head))[i] = PACK(e);
            continue;
        }
        for (ulong at = single_of(s, i); at < count; at += s.step) dx[at] = RAMP_OP_GRADIENT(x[at], dy[at], p, 0);
    }
}

/* ---- A GPU: scalar, whatever the addresses ----
 * A work-item is RAMP_SCALARS elements a local size apart, so that neighbours read neighbours. All are loaded before the first is stored,
 * which the compiler may not do by itself where the output could be the input. */

kernel void forward_scalar(global const char *x_buffer, ulong x_at, global char *y_buffer, ulong y_at, ulong count, numbers numbers_of_p) {
    global const real *x = FROM(x_buffer, x_at);
    global real *y = TO(y_buffer, y_at);
    ramp_params p = params_of(numbers_of_p);
    ulong step = get_local_size(0);
    ulong first = get_group_id(0) * step * RAMP_SCALARS + get_local_id(0);
    real e[RAMP_SCALARS];
    for (int k = 0; k < RAMP_SCALARS; k++) e[k] = first + k * step < count ? x[first + k * step] : K(0.0);
    APPLY_VALUE
    for (int k = 0; k < RAMP_SCALARS; k++)
        if (first + k * step < count) y[first + k * step] = e[k];
}

kernel void backward_scalar(global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *dx_buffer,
                            ulong dx_at, ulong count, numbers numbers_of_p) {
    global const real *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global real *dx = TO(dx_buffer, dx_at);
    ramp_params p = params_of(numbers_of_p);
    ulong step = get_local_size(0);
    ulong first = get_group_id(0) * step * RAMP_SCALARS + get_local_id(0);
    real e[RAMP_SCALARS], g[RAMP_SCALARS];
    for (int k = 0; k < RAMP_SCALARS; k++) e[k] = first + k * step < count ? x[first + k * step] : K(0.0);
    for (int k = 0; k < RAMP_SCALARS; k++) g[k] = first + k * step < count ? dy[first + k * step] : K(0.0);
    APPLY_GRADIENT
    for (int k = 0; k < RAMP_SCALARS; k++)
        if (first + k * step < count) dx[first + k * step] = e[k];
}

#endif
