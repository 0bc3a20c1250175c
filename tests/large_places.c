/* large_places.c: the views of large_views.c, and where their elements lie. */
#include "large_views.h"

#include <stdlib.h>
#include <string.h>

static int64_t root_of(int64_t n) {
    int64_t root = 1;
    while (root * root < n) root += 1 + root / 1024;
    return root;
}

int64_t views_room(int64_t count) { return 2 * count + 16 * root_of(count) + 65536; }

size_t views_make(int64_t count, view list[most_views]) {
    const int64_t room = views_room(count), far = (room - 8192) / 2, far_vectors = far / 64 * 64, end = room - 64 * 65;
    const int64_t c = root_of(count) / 64 * 64 + 64, r = count / c + 1, h = r / 2 + 1, q = r / 5 + 1; /* rows of c: all, half, a fifth */
    const int64_t t = count / 6 + 1;                                                                  /* half of the rows of 3 */
    const view views[] = {
        {"dense", {1, 1, count}, {0, {0, 0, 1}}, {0, {0, 0, 1}}, {0, {0, 0, 1}}, 0},
        {"dense from other boundaries", {1, 1, count}, {1, {0, 0, 1}}, {3, {0, 0, 1}}, {2, {0, 0, 1}}, 0},
        {"every second", {1, 1, count}, {3, {0, 0, 2}}, {0, {0, 0, 1}}, {1, {0, 0, 1}}, 0},
        {"to every second", {1, 1, count}, {0, {0, 0, 1}}, {1, {0, 0, 2}}, {1, {0, 0, 2}}, 0},
        {"backwards", {1, 1, count}, {count - 1, {0, 0, -1}}, {0, {0, 0, 1}}, {0, {0, 0, 1}}, 0},
        {"to backwards", {1, 1, count}, {7, {0, 0, 1}}, {2 * count, {0, 0, -2}}, {count + 7, {0, 0, -1}}, 0},
        {"dy of one element", {1, 1, count}, {0, {0, 0, 1}}, {16, {0, 0, 0}}, {0, {0, 0, 1}}, 0},
        {"rows of vectors", {1, r, c}, {0, {0, c + 64, 1}}, {0, {0, c + 128, 1}}, {64, {0, c + 64, 1}}, 0},
        {"rows", {1, r, c}, {1, {0, c + 3, 1}}, {0, {0, c + 1, 1}}, {1, {0, c + 5, 1}}, 0},
        {"planes of rows", {2, h, c}, {0, {2 * h * c, 2 * c, 2}}, {0, {0, c, 1}}, {1, {h * (c + 3) + 5, c + 3, 1}}, 0},
        {"planes of threes", {2, t, 3}, {0, {6 * t + 1, 6, 1}}, {0, {t, 1, 0}}, {1, {5 * t + 1, 5, 1}}, 0},
        {"transposed", {1, r, c}, {0, {0, 1, r}}, {0, {0, c, 1}}, {1, {0, c, 1}}, 0},
        {"to transposed", {1, r, c}, {0, {0, c, 1}}, {0, {0, 0, 1}}, {0, {0, 1, r + 3}}, 0},
        {"batches transposed", {5, q, c}, {0, {q * c, 1, q}}, {1, {q * c, 1, q}}, {0, {q * c, c, 1}}, 0},
        {"far rows", {1, 3, 4099}, {1, {0, far, 1}}, {2 * far, {0, -far, 1}}, {0, {0, far - 1, 1}}, 1},
        {"far rows of vectors", {1, 3, 4096}, {0, {0, far_vectors, 1}}, {0, {0, 0, 1}}, {0, {0, far_vectors, 1}}, 1},
        {"far columns", {1, 72, 96}, {0, {0, 1, room / 97}}, {0, {0, room / 73, 0}}, {0, {0, room / 73, 1}}, 1},
        {"far planes", {3, 40, 88}, {0, {far, 1, 40}}, {2 * far, {-far, 88, 1}}, {0, {far - 1, 90, 1}}, 1},
        {"far threes", {1, 1400, 3}, {0, {0, 1, far}}, {0, {0, 1, 0}}, {0, {0, room / 1401, 1}}, 1},
        {"far between", {2, 2, 4099}, {0, {4100, 2 * far - 4100, 1}}, {0, {0, far, 1}}, {1, {far / 5 * 6, far / 5 * 4, 1}}, 1},
        {"the end", {1, 64, 65}, {end - 3, {0, 65, 1}}, {end - 2, {0, 65, 1}}, {end - 1, {0, 65, 1}}, 1},
    };
    _Static_assert(sizeof views / sizeof views[0] <= most_views, "");
    memcpy(list, views, sizeof views);
    return sizeof views / sizeof views[0];
}

int64_t view_count(const view *v) { return v->shape[0] * v->shape[1] * v->shape[2]; }

int64_t view_place(const places *p, const int64_t *index) {
    int64_t at = p->at;
    for (int d = 0; d < dims; d++) at += index[d] * p->stride[d];
    return at;
}

void view_index(const view *v, int64_t number, int64_t *index) {
    for (int d = dims - 1; d >= 0; d--) {
        index[d] = number % v->shape[d];
        number /= v->shape[d];
    }
}

/* Each step of y is longer than all that its shorter ones reach together. */
int view_find(const view *v, int64_t place, int64_t *index) {
    int64_t rest = place - v->y.at;
    for (int d = 0; d < dims; d++)
        if (v->y.stride[d] < 0) rest -= v->y.stride[d] * (v->shape[d] - 1);
    if (rest < 0) return 0;
    for (int64_t below = INT64_MAX, step = 1; step > 0; below = step) {
        int longest = 0;
        step = 0;
        for (int d = 0; d < dims; d++) {
            const int64_t length = v->shape[d] > 1 ? llabs(v->y.stride[d]) : 0;
            if (length > step && length < below) step = length, longest = d;
        }
        if (step == 0) break;
        const int64_t steps = rest / step;
        if (steps >= v->shape[longest]) return 0;
        index[longest] = v->y.stride[longest] < 0 ? v->shape[longest] - 1 - steps : steps;
        rest -= steps * step;
    }
    for (int d = 0; d < dims; d++)
        if (v->shape[d] == 1) index[d] = 0;
    return rest == 0;
}
