/* prove.h: one subject on every lane. */
#ifndef CHECK_PROVE_H
#define CHECK_PROVE_H

#include "session.h"

/* Fill the row of a subject; the row's `what` is set. */
void prove(const check_session *s, check_row *row);

#endif
