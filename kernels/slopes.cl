/*
 * slopes.cl: an op's table for its backward pass (table.h): one kernel, slopes. Include apply.cl first, with the op's gradient in a 16-bit type.
 *
 * `count` entries are slopes, and as many after them high ones.
 */
kernel void slopes(global float *table, ulong count, PARAMETERS) {
    const op_params p = OP_PARAMS;
    const ulong i = get_global_id(0);
    if (i >= count) return;
    const real x = load_stored((stored)i), slope = in_full(x, 1.0f, p), size = size_of(slope);
    const real most = in_full(x, RAMP_INFINITY, p), high = in_full(x, 0x1p127f, p) * 0x1p53f;
    const int is_small = table_is_small(size, most);
    table[i] = table_slope(slope, is_small, most);
    table[i + count] = table_high(high, is_small, most);
}
