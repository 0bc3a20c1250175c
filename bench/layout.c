#include "layout.h"

const char *const layout_names[bench_layouts] = {"dense", "transposed", "columns", "broadcast", "rows"};

int layout_dimensions(bench_layout layout) { return layout == LAYOUT_TRANSPOSED || layout == LAYOUT_ROWS ? 2 : 1; }

static void set_dense(const bench_shape *shape, int64_t *strides) {
    int64_t stride = 1;
    for (int d = shape->ndim - 1; d >= 0; d--) {
        strides[d] = stride;
        stride *= shape->size[d];
    }
}

static void set_transposed(const bench_shape *shape, int64_t *strides) {
    set_dense(shape, strides);
    strides[shape->ndim - 1] = shape->size[shape->ndim - 2];
    strides[shape->ndim - 2] = 1;
}

static void set_columns(const bench_shape *shape, int64_t *strides) {
    set_dense(shape, strides);
    for (int d = 0; d < shape->ndim; d++) strides[d] *= 2;
}

static void set_rows(const bench_shape *shape, int64_t *strides) {
    const int last = shape->ndim - 1;
    set_dense(shape, strides);
    for (int d = 0; d < last; d++) strides[d] += strides[d] / shape->size[last]; /* an element more for each row in it */
}

void layout_strides(const bench_case *c, bench_operand operand, int64_t strides[RAMP_MAX_DIMS]) {
    const int is_mask = operand == OPERAND_MASK, is_output = operand == OPERAND_OUTPUT;
    set_dense(c->shape, strides);
    switch (c->layout) {
    case LAYOUT_DENSE: break;
    case LAYOUT_TRANSPOSED: /* a mask has the order of y when it is written, and that of dy when it is read */
        if (!is_output && !(is_mask && c->pass == PASS_FORWARD)) set_transposed(c->shape, strides);
        break;
    case LAYOUT_COLUMNS:
        if (operand == OPERAND_INPUT || operand == OPERAND_SAVED) set_columns(c->shape, strides);
        break;
    case LAYOUT_BROADCAST:
        if (operand == OPERAND_INPUT || operand == OPERAND_GRADIENT) strides[0] = 0;
        break;
    case LAYOUT_ROWS: /* a mask has no gaps */
        if (!is_mask) set_rows(c->shape, strides);
        break;
    case bench_layouts: break;
    }
}

uint64_t layout_extent(const bench_shape *shape, bench_layout layout, bench_operand operand) {
    if (operand == OPERAND_MASK) return shape->count;
    if (layout == LAYOUT_COLUMNS && (operand == OPERAND_INPUT || operand == OPERAND_SAVED)) return 2 * shape->count;
    if (layout == LAYOUT_ROWS) return shape->count + shape->count / (uint64_t)shape->size[shape->ndim - 1];
    return shape->count;
}

uint64_t layout_distinct(const bench_case *c, bench_operand operand) {
    int is_repeated = c->layout == LAYOUT_BROADCAST && (operand == OPERAND_INPUT || operand == OPERAND_GRADIENT);
    return is_repeated ? c->shape->count / (uint64_t)c->shape->size[0] : c->shape->count;
}

uint64_t layout_place(const bench_case *c, bench_operand operand, uint64_t i) {
    int64_t strides[RAMP_MAX_DIMS];
    uint64_t place = 0;
    layout_strides(c, operand, strides);
    for (int d = c->shape->ndim - 1; d >= 0; d--) {
        uint64_t size = (uint64_t)c->shape->size[d];
        place += i % size * (uint64_t)strides[d];
        i /= size;
    }
    return place;
}

uint64_t layout_element(const bench_case *c, uint64_t place) {
    if (c->layout != LAYOUT_ROWS) return place;
    uint64_t columns = (uint64_t)c->shape->size[c->shape->ndim - 1], row = place / (columns + 1), column = place % (columns + 1);
    return column == columns ? UINT64_MAX : row * columns + column;
}
