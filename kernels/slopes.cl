/*
 * slopes.cl: an op's table for its backward pass (table.cl): one kernel, slopes. Include apply.cl first, with the op's gradient in a 16-bit type.
 *
 * `count` entries are f'(x) as floats, and as many after them f'(x) * 2^180. Where f' is below LEAST_SLOPE a float would lose digits that a large dy
 * brings back. f16 has no such dy: the product is 0 at all events, and a slope of that size does. bf16 has: NaN is in its place. An infinite dy tells
 * an f' that is 0, where the gradient is NaN, from one that is too small for a float.
 */
#define LEAST_SLOPE 0x1p-90f

kernel void slopes(global float *table, ulong count, PARAMETERS) {
    const op_params p = OP_PARAMS;
    const ulong i = get_global_id(0);
    if (i >= count) return;
    const real x = load_stored((stored)i), slope = in_full(x, 1.0f, p), size = slope < 0.0f ? -slope : slope;
    const real most = in_full(x, RAMP_INFINITY, p), high = in_full(x, 0x1p127f, p) * 0x1p53f;
    const int is_small = size < LEAST_SLOPE && most == most;
#if defined(RAMP_DTYPE_F16)
    const real instead = with_sign_of(LEAST_SLOPE, most);
#else
    const real instead = RAMP_NAN;
#endif
    table[i] = is_small ? instead : slope;
    table[i + count] = is_small && high == 0.0f ? with_sign_of(0x1p-83f, most) : high;
}
